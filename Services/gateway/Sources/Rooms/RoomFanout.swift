import Domain
import NIOCore
import WebSocket

/// One room on one event loop: its sockets, and the frames that are about to leave. Confined to that loop.
final class RoomFanout {
    /// A join on its way.
    struct Join {
        let session: ClientSession
        let kind: ChatJoinKind
        let frame: ClientFrame
        /// Until then it waits for the subscription.
        let deadline: NIODeadline
    }

    let room: String
    let partition: Int
    var subscription = RoomSubscription()
    private(set) var members: [ClientSession] = []
    /// The connections of the members, in the same order.
    private var connections = BroadcastList()
    /// Sockets whose join was answered ahead of the events: they get what is above their floor, then become members.
    private(set) var late: [(session: ClientSession, floor: RoomPosition)] = []
    /// Joins that wait for the subscription.
    var unsentJoins: [Join] = []
    /// Frames for all members, joined until the next flush.
    private var outgoing: ByteBuffer?
    /// Events in `outgoing`.
    private var outgoingCount = 0
    private(set) var lastFlush = NIODeadline.uptimeNanoseconds(0)
    /// Whether events come faster than they are written: the last flush carried more than one.
    private(set) var isBusy = false
    private var isFlushing = false
    private var departed: [ClientSession] = []

    init(room: String, partition: Int) {
        self.room = room
        self.partition = partition
    }

    /// Whether nobody here needs the room any more.
    var isAbandoned: Bool {
        self.members.isEmpty && self.late.isEmpty && self.subscription.pendingJoins == 0
    }

    /// Whether the room stands in the list of those to be flushed.
    var isQueued = false
    var hasOutgoing: Bool { self.outgoing != nil }

    /// Adds a socket. What was collected for the others leaves first: the new one must not get it.
    func admit(_ session: ClientSession, floor: RoomPosition?) {
        self.flush()
        guard !self.members.contains(where: { $0 === session }) else { return }
        self.late.removeAll { $0.session === session }
        if let floor { self.late.append((session, floor)) } else { self.add(session) }
    }

    func remove(_ session: ClientSession) {
        guard !self.isFlushing else { return self.departed.append(session) }
        self.late.removeAll { $0.session === session }
        guard let index = self.members.firstIndex(where: { $0 === session }) else { return }
        self.members.swapAt(index, self.members.count - 1)
        self.members.removeLast()
        self.connections.swapRemove(at: index)
    }

    private func add(_ session: ClientSession) {
        self.members.append(session)
        self.connections.append(session.connection)
    }

    /// Everybody with a socket in this room.
    var users: Set<String> { Set(self.members.map(\.user) + self.late.map(\.session.user)) }

    /// Every socket of a user in this room.
    func sessions(of user: String) -> [ClientSession] {
        self.members.filter { $0.user == user } + self.late.map(\.session).filter { $0.user == user }
    }

    // MARK: Writing

    /// Collects an event for the next flush.
    func append(_ event: LiveEvent) {
        let frame = event.frame
        if self.outgoing == nil {
            self.outgoing = frame  // a single event is never copied
        } else {
            self.outgoing?.writeImmutableBuffer(frame)
        }
        self.outgoingCount += 1
        guard !self.late.isEmpty else { return }
        self.appendForLate(event, frame)
    }

    /// - Returns: Deliveries made: events times sockets.
    @discardableResult
    func flush() -> Int {
        guard let frames = self.outgoing else { return 0 }
        let count = self.outgoingCount
        self.outgoing = nil
        self.outgoingCount = 0
        self.isBusy = count > 1
        self.isFlushing = true
        // Nobody leaves the list meanwhile: a failing write may close its connection, which waits in `departed`.
        self.connections.deliver(frames)
        self.isFlushing = false
        self.lastFlush = .now()
        let deliveries = count * self.members.count
        let departed = self.departed
        self.departed = []
        for session in departed { self.remove(session) }
        return deliveries
    }

    /// Writes to all members but the sockets of one user: nobody is told of their own typing.
    func write(_ event: LiveEvent, except user: String) -> Int {
        guard self.members.contains(where: { $0.user == user }) else {
            self.append(event)
            return 0
        }
        let frame = event.frame
        var deliveries = self.flush()
        self.isFlushing = true
        for session in self.members.reversed() where session.user != user {
            session.send(frame)
            deliveries += 1
        }
        self.isFlushing = false
        let departed = self.departed
        self.departed = []
        for session in departed { self.remove(session) }
        return deliveries
    }

    /// Everybody has now been given the newest page: nobody is late any more.
    func settle() {
        for (session, _) in self.late { self.add(session) }
        self.late = []
    }

    private func appendForLate(_ event: LiveEvent, _ frame: ByteBuffer) {
        var arrived: [ClientSession] = []
        for (session, floor) in self.late {
            if let sequence = event.sequence, event.epoch == floor.epoch, sequence <= floor.sequence {
                if sequence == floor.sequence { arrived.append(session) }
            } else {
                session.send(frame)
            }
        }
        guard !arrived.isEmpty else { return }
        // They know this event, which is collected for the others: it leaves before they become members.
        self.flush()
        for session in arrived {
            self.late.removeAll { $0.session === session }
            self.add(session)
        }
    }
}

/// The two commands that make a socket a member of a room.
enum ChatJoinKind {
    case joinSquadRoom
    case resume
}
