import NIOCore
import WebSocket

/// The members of one room who speak one dialect, and the frames that are about to leave to all of them.
struct RoomAudience {
    let dialect: any Dialect
    private(set) var members: [ClientSession] = []
    /// The connections of the members, in the same order.
    private var connections = BroadcastList()
    /// Frames joined until the next flush.
    private var outgoing: ByteBuffer?

    init(_ dialect: any Dialect) {
        self.dialect = dialect
    }

    mutating func add(_ session: ClientSession) {
        self.members.append(session)
        self.connections.append(session.link.connection)
    }

    mutating func remove(_ session: ClientSession) {
        guard let index = self.members.firstIndex(where: { $0 === session }) else { return }
        self.members.swapAt(index, self.members.count - 1)
        self.members.removeLast()
        self.connections.swapRemove(at: index)
    }

    /// Collects an event for the next flush.
    ///
    /// - Returns: Its frame.
    @discardableResult
    mutating func append(_ event: LiveEvent) -> ByteBuffer {
        let frame = self.dialect.event(event)
        if self.outgoing == nil {
            self.outgoing = frame  // a single event is never copied
        } else {
            self.outgoing?.writeImmutableBuffer(frame)
        }
        return frame
    }

    mutating func takeOutgoing() -> ByteBuffer? {
        defer { self.outgoing = nil }
        return self.outgoing
    }

    /// Hands the same bytes to every member. Nobody may be taken out before this returns.
    func deliver(_ frames: ByteBuffer) {
        self.connections.deliver(frames)
    }
}
