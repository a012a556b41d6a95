import Domain
import NIOCore
import WebSocket

/// One connected browser. Confined to the event loop of its connection.
final class ClientSession: WebSocketDelegate {
    /// A room that this socket has joined.
    struct Membership {
        let room: RoomFanout
        /// Bits of ``Permissions``.
        var rights: Int
    }

    /// Unique in this gateway.
    let id: String
    let user: String
    /// The signed-in session by which the socket was opened.
    let sessionID: String
    let connection: WebSocketConnection
    private let hub: SessionHub
    var state = ClientSessionState()
    var memberships: [Membership] = []

    init(id: String, user: String, sessionID: String, connection: WebSocketConnection, hub: SessionHub) {
        self.id = id
        self.user = user
        self.sessionID = sessionID
        self.connection = connection
        self.hub = hub
    }

    func membership(in room: String) -> Membership? {
        self.membership { $0.room == room }
    }

    func membership(where matches: (RoomFanout) -> Bool) -> Membership? {
        self.memberships.first { matches($0.room) }
    }

    // MARK: Saying

    /// Writes a whole frame at once.
    func send(_ frame: ByteBuffer) {
        self.connection.write(framed: frame)
        self.connection.flush()
    }

    /// Answers a frame, if its client wants an answer.
    func succeed(_ id: ByteBuffer?, _ json: ByteBuffer) {
        guard let id else { return }
        self.send(AnswerFrame.ok(id, json))
    }

    func refuse(_ id: ByteBuffer?, _ refusal: Refusal) {
        self.send(AnswerFrame.error(id, refusal))
        self.hub.counters.refusals += 1
        // Too much of what is right is told so and may be tried again; only a flood of it ends the connection.
        let isFlood = refusal.code == .rateLimited || refusal.code == .busy
        guard self.state.violated(now: .now(), weight: isFlood ? 1 : 10) else { return }
        self.connection.close(4429, reason: "too many refused frames")
    }

    // MARK: Hearing

    func webSocket(_ connection: WebSocketConnection, received message: ByteBuffer) {
        if self.state.receivedFrame() { self.hub.greet(self) }
        self.hub.counters.framesIn += 1
        do {
            self.hub.frames.handle(try FrameScanner.scan(message), from: self)
        } catch {
            self.refuse(error.id, error.refusal)
        }
    }

    func webSocket(_ connection: WebSocketConnection, violated violation: WebSocketViolation) {
        guard violation.code == WebSocketCloseCode.tooBig else { return }
        // The close frame that follows says the same, but only its number is certain to be shown.
        self.send(
            AnswerFrame.error(
                nil, Refusal(.frameTooLarge, "The frame is too large.", limit: self.hub.settings.maximumFrameBytes)))
    }

    func webSocketClosed(_ connection: WebSocketConnection) {
        self.hub.closed(self)
    }
}
