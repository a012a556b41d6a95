public import NIOCore

/// Connections of one event loop that are given the same bytes, such as the sockets of a room. Confined to that loop.
public struct BroadcastList {
    private var connections: [WebSocketConnection] = []
    /// The number of each connection's socket, in the same order.
    private var descriptors: [CInt] = []
    private var sockets: DirectSockets?

    public init() {}

    public var count: Int { self.connections.count }

    /// Adds a connection at the end. It must be taken out before, or as soon as, it is closed.
    public mutating func append(_ connection: WebSocketConnection) {
        self.connections.append(connection)
        self.descriptors.append(connection.descriptor)
        self.sockets = connection.directSockets
    }

    /// Takes the connection at `index` out; the last one takes its place.
    public mutating func swapRemove(at index: Int) {
        self.connections.swapAt(index, self.connections.count - 1)
        self.connections.removeLast()
        self.descriptors.swapAt(index, self.descriptors.count - 1)
        self.descriptors.removeLast()
    }

    /// Writes whole server frames to every connection and flushes them. Connections that are closing get nothing; one
    /// that reads too slowly is closed, and must not be taken out of this list before this returns.
    public func deliver(_ frames: ByteBuffer) {
        guard let sockets = self.sockets else { return }
        frames.withUnsafeReadableBytes { bytes in
            for index in self.descriptors.indices {
                let taken = sockets.send(bytes, to: self.descriptors[index])
                if taken != bytes.count { self.connections[index].deliver(frames, after: taken) }
            }
        }
    }
}
