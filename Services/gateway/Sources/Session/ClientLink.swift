import Domain
import NIOCore
import WebSocket

/// One client as everybody here speaks to it: its connection, in its dialect. Does nothing once the connection is
/// closing. Confined to the connection's event loop.
final class ClientLink {
    let dialect: any Dialect
    /// For fan-outs, which hand the same bytes to many connections at once.
    let connection: WebSocketConnection

    init(_ connection: WebSocketConnection, dialect: any Dialect) {
        self.connection = connection
        self.dialect = dialect
    }

    /// Whether the client can still hear.
    var isOpen: Bool { self.connection.isOpen }

    // MARK: Events

    /// Writes an event, which leaves at the latest with ``flush()``.
    func write(_ event: LiveEvent) {
        self.connection.write(framed: self.dialect.event(event))
    }

    func flush() {
        self.connection.flush()
    }

    func push(_ name: StaticString, _ json: ByteBuffer) {
        self.send(self.dialect.push(name, json))
    }

    /// Sends a frame that was made in this client's dialect.
    func send(_ frame: ByteBuffer) {
        self.connection.write(framed: frame)
        self.connection.flush()
    }

    // MARK: Answers

    /// Answers what was asked under this id, if the client wants an answer.
    func succeed(_ id: ByteBuffer?, _ json: ByteBuffer) {
        guard let id else { return }
        self.send(self.dialect.ok(id, json))
    }

    /// Answers with chat's own refusal.
    func fail(_ id: ByteBuffer?, _ json: ByteBuffer) {
        self.send(self.dialect.error(id, json))
    }

    func fail(_ id: ByteBuffer?, _ refusal: Refusal) {
        self.send(self.dialect.error(id, refusal))
    }

    // MARK: The end

    func close(_ code: UInt16, reason: String) {
        self.connection.close(code, reason: reason)
    }
}
