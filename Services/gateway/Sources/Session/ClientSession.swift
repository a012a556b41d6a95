import Domain
import NIOCore
import WebSocket

/// One connected client. Confined to the event loop of its connection.
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
    let link: ClientLink
    private unowned let sessions: OpenSessions
    private let frames: FrameHandler
    private let counters: LoopCounters
    var state = ClientSessionState()
    var memberships: [Membership] = []
    /// Rooms that the socket may be in without our knowing: whether a join was done nobody has said.
    var uncertainRooms: Set<String> = []

    /// - Parameter sessions: Told of the first frame and of the end.
    init(
        id: String, user: String, sessionID: String, link: ClientLink, sessions: OpenSessions, frames: FrameHandler,
        counters: LoopCounters
    ) {
        self.id = id
        self.user = user
        self.sessionID = sessionID
        self.link = link
        self.sessions = sessions
        self.frames = frames
        self.counters = counters
    }

    func membership(in room: String) -> Membership? {
        self.membership { $0.room == room }
    }

    func membership(where matches: (RoomFanout) -> Bool) -> Membership? {
        self.memberships.first { matches($0.room) }
    }

    // MARK: Commands

    /// Admits a command, unless too many of this socket wait for their answers.
    func submit(_ frame: ClientFrame) -> Submission? {
        if self.state.beginCommand(bytes: frame.data.readableBytes) { return Submission(frame, of: self) }
        self.refuse(
            frame.id,
            Refusal(
                .busy, "Too many commands of this connection wait for their answers.",
                limit: Int(ClientSessionState.commandLimit), retryAfter: 1))
        return nil
    }

    /// Refuses a frame, and closes the connection of whoever does too much of what is wrong.
    func refuse(_ id: ByteBuffer?, _ refusal: Refusal) {
        self.link.fail(id, refusal)
        self.counters.refusals += 1
        guard self.state.violated(now: .now(), weight: Self.weight(of: refusal.code)) else { return }
        self.link.close(4429, reason: "too many refused frames")
    }

    private static func weight(of code: Refusal.Code) -> Int {
        switch code {
        // Our own trouble is nobody's fault: a client that is patient through an outage stays.
        case .unavailable: 0
        // Too much of what is right is told so and may be tried again; only a flood of it ends the connection.
        case .rateLimited, .busy: 1
        case .badJSON, .unknownEvent, .invalidField, .frameTooLarge, .messageTooLong, .emptyMessage, .unknownRoom,
            .forbidden, .notJoined, .messageNotFound, .conflict, .notAuthenticated, .tooManyConnections,
            .unsupportedType, .invalidSignal:
            10
        }
    }

    // MARK: Hearing

    func webSocket(_ connection: WebSocketConnection, received message: ByteBuffer) {
        if self.state.receivedFrame() { self.sessions.greet(self) }
        self.counters.framesIn += 1
        do {
            self.frames.handle(try FrameScanner.scan(message), from: self)
        } catch {
            self.refuse(error.id, error.refusal)
        }
    }

    func webSocket(_ connection: WebSocketConnection, violated violation: WebSocketViolation) {
        guard violation.code == WebSocketCloseCode.tooBig else { return }
        // The close frame that follows says the same, but only its number is certain to be shown.
        self.link.fail(
            nil, Refusal(.frameTooLarge, "The frame is too large.", limit: self.frames.maximumFrameBytes))
    }

    func webSocketClosed(_ connection: WebSocketConnection) {
        self.sessions.closed(self)
    }
}
