import NIOCore
import ServiceRuntime
import WebSocket
import WireContract

/// The sockets of one event loop, from the handshake to the end. Confined to its loop.
final class OpenSessions: @unchecked Sendable {
    private let frames: FrameHandler
    private let rooms: RoomSubscriptions
    private let inbox: Inbox
    private let registry: SocketRegistry
    private let counters: LoopCounters
    private let version: String
    private var sessions: [String: ClientSession] = [:]
    private var lastSocket = 0

    /// - Parameter version: Of this gateway, told to clients.
    init(
        frames: FrameHandler, rooms: RoomSubscriptions, inbox: Inbox, registry: SocketRegistry,
        counters: LoopCounters, version: String
    ) {
        self.frames = frames
        self.rooms = rooms
        self.inbox = inbox
        self.registry = registry
        self.counters = counters
        self.version = version
    }

    var all: [ClientSession] { Array(self.sessions.values) }
    var count: Int { self.sessions.count }

    func open(_ link: ClientLink, user: String, sessionID: String) -> ClientSession {
        self.lastSocket += 1
        let session = ClientSession(
            id: String(self.lastSocket, radix: 36), user: user, sessionID: sessionID, link: link, sessions: self,
            frames: self.frames, counters: self.counters)
        self.sessions[session.id] = session
        self.counters.socketsOpened += 1
        self.registry.opened([session])
        // The answer to the cap, and the end of the session, come on this channel.
        self.inbox.add(session)
        return session
    }

    /// The client's first frame came: from now on it may be pushed to.
    func greet(_ session: ClientSession) {
        let confirmed = ConnectionConfirmedPayload(
            userID: session.user, timestamp: WallClock.rfc3339(), serverVersion: self.version)
        session.link.push("connection_confirmed", ByteBuffer(bytes: confirmed.encoded))
        self.inbox.greeted(session)
    }

    func closed(_ session: ClientSession) {
        guard self.sessions.removeValue(forKey: session.id) != nil else { return }
        self.inbox.remove(session)
        self.registry.closed(session)
        self.rooms.leaveAll(session)
    }
}
