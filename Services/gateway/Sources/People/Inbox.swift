import NIOCore
import Redis
import WebSocket
import WireContract

/// What concerns one user only: subscribed while the user has a socket here, read on from the inbox after every
/// interruption, pushed to all of the user's sockets. What came while no page of the user was open anywhere is given to
/// the next one. Confined to its event loop.
final class Inbox {
    /// One user with a socket here.
    private final class LocalUser {
        let user: String
        var sessions: [ClientSession] = []
        /// The newest inbox entry that was handled; `nil` until it is known where the inbox stood.
        var lastEntry: StreamID?
        /// Notifications that wait for a page to greet, oldest first.
        var waiting: [(id: StreamID, json: ByteBuffer)] = []
        /// The inbox is being read on: what comes meanwhile is read from there too, in its order.
        var isReading = false
        var mustReadAgain = false

        /// Those who can be given something: one whose connection is closing only seems to hear it.
        var listening: [ClientSession] { self.sessions.filter { $0.state.isGreeted && $0.link.isOpen } }

        init(_ user: String) {
            self.user = user
        }
    }

    /// Between two attempts to read an inbox.
    private static let pause = TimeAmount.milliseconds(500)
    /// Notifications from before its visit that a page is given at most.
    private static let missedLimit = 50
    /// Seconds for which it is remembered how far a user's inbox was given: longer than anybody stays away.
    private static let noteLifetime = 180 * 86_400

    private let gateway: String
    private let redis: RedisClient
    private let subscriber: RedisSubscriber
    private let counters: LoopCounters
    private var users: [String: LocalUser] = [:]

    /// - Parameter gateway: The name by which the suite means the sockets of this loop.
    init(gateway: String, redis: RedisClient, subscriber: RedisSubscriber, counters: LoopCounters) {
        self.gateway = gateway
        self.redis = redis
        self.subscriber = subscriber
        self.counters = counters
    }

    func add(_ session: ClientSession) {
        if let user = self.users[session.user] { return user.sessions.append(session) }
        let user = LocalUser(session.user)
        user.sessions = [session]
        self.users[session.user] = user
        self.subscriber.subscribe(.sharded(RedisNames.personal(user: user.user))).assumeIsolated().whenSuccess {
            self.place(user)
        }
    }

    /// A page has said its first word: what waited for one goes out.
    func greeted(_ session: ClientSession) {
        guard let user = self.users[session.user] else { return }
        self.giveWaiting(user)
    }

    func remove(_ session: ClientSession) {
        guard let user = self.users[session.user] else { return }
        user.sessions.removeAll { $0 === session }
        guard user.sessions.isEmpty else { return }
        self.users[session.user] = nil
        self.subscriber.unsubscribe(.sharded(RedisNames.personal(user: user.user)))
    }

    /// - Returns: Whether the channel is one of these.
    func received(_ payload: ByteBuffer, on channel: String) -> Bool {
        guard channel.hasPrefix("sc:{u:"), channel.hasSuffix("}:live") else { return false }
        guard let user = self.users[String(channel.dropFirst(6).dropLast(6))] else { return true }
        guard let event = PersonalEvent(decoding: payload.readableBytesView) else { return true }
        if user.isReading, event.inboxID != nil {
            user.mustReadAgain = true
        } else {
            self.handle(event, user)
        }
        return true
    }

    /// Publications were missed.
    func interrupted(channel: String? = nil) {
        for user in self.users.values where channel == nil || channel == RedisNames.personal(user: user.user) {
            self.readOn(user)
        }
    }

    /// Whether it is known where the user's inbox stood when the first socket came.
    func isPlaced(_ user: String) -> Bool { self.users[user]?.lastEntry != nil }

    // MARK: Inbox

    /// Finds where the inbox stands, and what in it no page was ever given.
    private func place(_ user: LocalUser) {
        let commands = [
            RedisCommand("GET", RedisArgument(RedisNames.inboxPushed(user: user.user))),
            RedisCommand(
                "XREVRANGE", RedisArgument(RedisNames.inbox(user: user.user)), "+", "-", "COUNT",
                RedisArgument(Self.missedLimit)),
        ]
        let redis = self.redis
        let read = redis.pipeline(commands).flatMapThrowing { [name = user.user] replies in
            guard replies.count == 2 else { throw RedisError.unexpectedReply("the inbox") }
            return (try replies[0].get(), InboxEntries(try replies[1].get(), user: name))
        }.flatMap { pushed, newest in
            newest.events(redis).map { @Sendable events in (pushed, newest.ids.first, events) }
        }
        read.hop(to: self.subscriber.eventLoop).assumeIsolated().whenComplete { result in
            guard user.lastEntry == nil, self.users[user.user] === user else { return }
            guard case .success((let pushed, let last, let newest)) = result else { return self.readAgain(user) }
            let given = pushed.string.flatMap { StreamID($0) } ?? .zero
            let entries = newest.reversed()
            user.lastEntry = last ?? .zero
            let early = user.waiting
            user.waiting = []
            for event in entries where event.event == PersonalEvent.Event.notification {
                guard let id = event.inboxID.flatMap({ StreamID($0) }), id > given else { continue }
                self.queue(event, id, user)
            }
            for (id, json) in early where id > user.lastEntry ?? .zero {
                user.lastEntry = id
                user.waiting.append((id, json))
            }
            self.giveWaiting(user)
        }
    }

    private func queue(_ event: PersonalEvent, _ id: StreamID, _ user: LocalUser) {
        user.waiting.append((id, ByteBuffer(bytes: event.json)))
        if user.waiting.count > Self.missedLimit { user.waiting.removeFirst() }
    }

    private func giveWaiting(_ user: LocalUser) {
        let sessions = user.listening
        guard user.lastEntry != nil, let last = user.waiting.last?.id, !sessions.isEmpty else { return }
        let waiting = user.waiting
        user.waiting = []
        for (_, json) in waiting { for session in sessions { session.link.push("notification", json) } }
        self.counters.notifications += waiting.count
        let note = NotePushed(user: user.user, entry: last, lifetimeInSeconds: Self.noteLifetime)
        // Lost with Redis away: then a page may be given it again, and knows it by its id.
        _ = self.redis.current?.evaluate([note.call])
    }

    private func readOn(_ user: LocalUser) {
        guard let last = user.lastEntry else { return self.place(user) }
        guard !user.isReading else {
            user.mustReadAgain = true
            return
        }
        user.isReading = true
        let redis = self.redis
        let command = RedisCommand(
            "XRANGE", RedisArgument(RedisNames.inbox(user: user.user)), RedisArgument("(\(last)"), "+")
        let read = redis.send(command).flatMap { [name = user.user] in InboxEntries($0, user: name).events(redis) }
        read.hop(to: self.subscriber.eventLoop).assumeIsolated().whenComplete { result in
            user.isReading = false
            guard case .success(let events) = result else { return self.readAgain(user) }
            for event in events { self.handle(event, user) }
            guard user.mustReadAgain else { return }
            user.mustReadAgain = false
            self.readOn(user)
        }
    }

    /// Redis did not say what is in the inbox. Nobody else asks: what came meanwhile would wait for the user's next visit.
    private func readAgain(_ user: LocalUser) {
        self.subscriber.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            guard self.users[user.user] === user else { return }
            self.readOn(user)
        }
    }

    private func handle(_ event: PersonalEvent, _ user: LocalUser) {
        let id = event.inboxID.flatMap { StreamID($0) }
        if let id, event.event == PersonalEvent.Event.notification, user.lastEntry == nil {
            // Kept until it is known where the inbox stood before it.
            return self.queue(event, id, user)
        }
        if let id, let last = user.lastEntry {
            guard id > last else { return }
            user.lastEntry = id
        }
        switch event.event {
        case PersonalEvent.Event.notification:
            guard let id else { return }
            self.queue(event, id, user)
            self.giveWaiting(user)
        case PersonalEvent.Event.sessionRevoked:
            guard let revoked = SessionRevokedPayload(decoding: event.json) else { return }
            for session in user.sessions where session.sessionID == revoked.sessionID {
                session.link.close(4401, reason: "the session has ended")
            }
        case PersonalEvent.Event.closeSocket:
            guard let ended = CloseSocketPayload(decoding: event.json), ended.gateway == self.gateway else { return }
            user.sessions.first { $0.id == ended.socket }?.link.close(ended.code, reason: ended.reason)
        default: return  // a newer release knows more
        }
    }
}
