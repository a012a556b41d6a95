import NIOCore
import Redis
import WebSocket
import WireContract

/// What concerns one user only: subscribed while the user has a socket here, read on from the inbox after every
/// interruption, pushed to all of the user's sockets. Confined to its event loop.
final class PersonalChannels {
    /// One user with a socket here.
    private final class LocalUser {
        let user: String
        var sessions: [ClientSession] = []
        /// The newest inbox entry that was pushed or that was there before; `nil` until it is known.
        var lastEntry: StreamID?

        init(_ user: String) {
            self.user = user
        }
    }

    private unowned let hub: SessionHub
    private var users: [String: LocalUser] = [:]

    init(hub: SessionHub) {
        self.hub = hub
    }

    func add(_ session: ClientSession) {
        if let user = self.users[session.user] { return user.sessions.append(session) }
        let user = LocalUser(session.user)
        user.sessions = [session]
        self.users[session.user] = user
        self.hub.subscriber?.subscribe(.sharded(RedisNames.personal(user: user.user))).assumeIsolated().whenSuccess {
            self.findEnd(user)
        }
    }

    func remove(_ session: ClientSession) {
        guard let user = self.users[session.user] else { return }
        user.sessions.removeAll { $0 === session }
        guard user.sessions.isEmpty else { return }
        self.users[session.user] = nil
        self.hub.subscriber?.unsubscribe(.sharded(RedisNames.personal(user: user.user)))
    }

    /// - Returns: Whether the channel is one of these.
    func received(_ payload: ByteBuffer, on channel: String) -> Bool {
        guard channel.hasPrefix("sc:{u:"), channel.hasSuffix("}:live") else { return false }
        guard let user = self.users[String(channel.dropFirst(6).dropLast(6))] else { return true }
        guard let event = PersonalEvent(decoding: payload.readableBytesView) else { return true }
        self.handle(event, user)
        return true
    }

    /// Publications were missed.
    func interrupted(channel: String? = nil) {
        for user in self.users.values where channel == nil || channel == RedisNames.personal(user: user.user) {
            self.readOn(user)
        }
    }

    /// Whether it is known where the user's inbox ended when the first socket came.
    func isPlaced(_ user: String) -> Bool { self.users[user]?.lastEntry != nil }

    // MARK: Inbox

    /// What is in the inbox before the first socket came is the page's to fetch; what comes after is pushed.
    private func findEnd(_ user: LocalUser) {
        let command = RedisCommand(
            "XREVRANGE", RedisArgument(RedisNames.inbox(user: user.user)), "+", "-", "COUNT", 1)
        self.hub.redis.send(command).hop(to: self.hub.eventLoop).assumeIsolated().whenSuccess { value in
            let newest = value.array?.first?.array?.first?.string.flatMap { StreamID($0) }
            user.lastEntry = max(user.lastEntry ?? .zero, newest ?? .zero)
        }
    }

    private func readOn(_ user: LocalUser) {
        guard let last = user.lastEntry else { return self.findEnd(user) }
        let command = RedisCommand(
            "XRANGE", RedisArgument(RedisNames.inbox(user: user.user)), RedisArgument("(\(last)"), "+")
        self.hub.redis.send(command).hop(to: self.hub.eventLoop).assumeIsolated().whenSuccess { value in
            for entry in value.array ?? [] {
                guard let parts = entry.array, parts.count == 2, let id = parts[0].string else { continue }
                let fields = parts[1].map()
                guard let event = fields["event"]?.string, let json = fields["json"]?.buffer else { continue }
                self.handle(PersonalEvent(event: event, inboxID: id, json: Array(json.readableBytesView)), user)
            }
        }
    }

    private func handle(_ event: PersonalEvent, _ user: LocalUser) {
        if let id = event.inboxID.flatMap({ StreamID($0) }) {
            guard id > user.lastEntry ?? .zero else { return }
            user.lastEntry = id
        }
        switch event.event {
        case PersonalEvent.Event.notification:
            let frame = AnswerFrame.push("notification", ByteBuffer(bytes: event.json))
            for session in user.sessions where session.state.isGreeted { session.send(frame) }
            self.hub.counters.notifications += 1
        case PersonalEvent.Event.sessionRevoked:
            guard let sid = (try? JSONValue(parsing: event.json))?["sid"]?.string else { return }
            for session in user.sessions where session.sessionID == sid {
                session.connection.close(4401, reason: "the session has ended")
            }
        case PersonalEvent.Event.closeSocket:
            guard let json = try? JSONValue(parsing: event.json), json["gateway"]?.string == self.hub.name,
                let socket = json["socket"]?.string, let code = json["code"]?.integer, (4000...4999).contains(code)
            else { return }
            self.hub.session(socket)?.connection.close(
                UInt16(code), reason: json["reason"]?.string ?? "closed by the service")
        default: return  // a newer release knows more
        }
    }
}
