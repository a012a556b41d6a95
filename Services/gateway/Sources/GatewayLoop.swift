import Directory
import Domain
import Logging
import NIOCore
import Redis
import WebSocket
import WireContract

/// Everything that the sockets of one event loop share. Loops share nothing with each other: each is a gateway of its
/// own to the rest of the suite, with its own name, its own subscriptions and its own commands, so that no message
/// crosses from one thread to another. Confined to its loop.
final class SessionHub: RedisSubscriberDelegate, @unchecked Sendable {
    /// What an operator can set, for all loops alike.
    struct Settings: Sendable {
        var partitions = 16
        /// Commands that may wait in one partition.
        var commandsBound = 100_000
        /// Messages per user; 0 for no limit.
        var messagesPerMinute = 30
        /// Sockets per user; 0 for no cap.
        var maximumConnections = 0
        var maximumFrameBytes = 65_536
        /// How long a busy room collects events before they are written.
        var joinWindow = TimeAmount.milliseconds(4)
        /// Lifetime of a signed-in session without use, in seconds.
        var sessionSeconds = 604_800
        var version = "0"
    }

    /// The gateway's name in Redis: random per start, so that no old answer reaches a new process.
    let name: String
    let eventLoop: any EventLoop
    let settings: Settings
    let redis: RedisClient
    let directory: DirectoryReplica
    let chat: ChatClient
    let rateLimit: RateLimit
    let logger: Logger
    var counters = HubCounters()
    /// Set once, before the first connection.
    private(set) var subscriber: RedisSubscriber?
    private(set) lazy var frames = FrameHandler(hub: self)
    private(set) lazy var rooms = RoomSubscriptions(hub: self)
    private(set) lazy var typing = Typing(hub: self)
    private(set) lazy var presence = Presence(hub: self)
    private(set) lazy var personal = PersonalChannels(hub: self)
    private lazy var watch = SessionWatch(hub: self)
    private var sessions: [String: ClientSession] = [:]
    private var lastSocket = 0
    private var isSubscribed = false

    init(
        name: String, eventLoop: any EventLoop, settings: Settings, redis: RedisClient, directory: DirectoryReplica,
        logger: Logger
    ) {
        self.name = name
        self.eventLoop = eventLoop
        self.settings = settings
        self.redis = redis
        self.directory = directory
        self.logger = logger
        self.chat = ChatClient(
            gateway: name, redis: redis, eventLoop: eventLoop, partitions: settings.partitions,
            bound: settings.commandsBound)
        self.rateLimit = RateLimit(
            redis: redis, eventLoop: eventLoop, messagesPerMinute: settings.messagesPerMinute)
    }

    /// To be called once, before anything runs.
    func attach(_ subscriber: RedisSubscriber) {
        self.subscriber = subscriber
        self.chat.isListening = { [unowned self] in self.isSubscribed }
        subscriber.subscribe(.plain(RedisNames.gateway(self.name)))
        self.redis.onConnect { [weak self] _ in
            guard let self else { return }
            self.eventLoop.execute { self.commandsReconnected() }
        }
    }

    /// Whether answers can come: the channel for them is subscribed.
    var isReady: Bool { self.isSubscribed && self.redis.current != nil }
    var allSessions: [ClientSession] { Array(self.sessions.values) }
    var socketCount: Int { self.sessions.count }

    func session(_ id: String) -> ClientSession? { self.sessions[id] }

    // MARK: Life of a socket

    func open(_ connection: WebSocketConnection, user: String, sessionID: String) -> ClientSession {
        self.lastSocket += 1
        let session = ClientSession(
            id: String(self.lastSocket, radix: 36), user: user, sessionID: sessionID, connection: connection, hub: self)
        self.sessions[session.id] = session
        self.counters.socketsOpened += 1
        self.presence.opened([session])
        // The answer to the cap, and the end of the session, come on this channel.
        self.personal.add(session)
        return session
    }

    /// The client's first frame came: from now on it may be pushed to.
    func greet(_ session: ClientSession) {
        session.send(AnswerFrame.connectionConfirmed(user: session.user, version: self.settings.version))
        self.personal.greeted(session)
    }

    func closed(_ session: ClientSession) {
        guard self.sessions.removeValue(forKey: session.id) != nil else { return }
        self.personal.remove(session)
        self.presence.closed(session)
        let memberships = session.memberships
        for membership in memberships {
            self.typing.stop(session, in: membership.room.room)
            self.tellLeft(session, room: membership.room.room)
        }
        session.memberships = []
        for membership in memberships { self.rooms.leave(session, membership.room) }
    }

    func tellLeft(_ session: ClientSession, room: String) {
        self.chat.ask(
            .leave, room: room, user: session.user, socket: session.id,
            data: ByteBuffer(string: "{\"room_id\":\"\(room)\"}")
        ) { _ in }
    }

    // MARK: Commands

    func join(_ session: ClientSession, room: String, kind: ChatCommand.Kind, frame: ClientFrame) {
        self.rooms.join(session, room: room, kind: kind == .resume ? .resume : .joinSquadRoom, frame: frame)
    }

    /// Hands a frame's payload to chat and its answer to the socket. The command was begun before.
    func ask(_ kind: ChatCommand.Kind, room: String, id: String?, _ frame: ClientFrame, _ session: ClientSession) {
        self.chat.ask(kind, room: room, user: session.user, socket: session.id, id: id, data: frame.data) { outcome in
            session.state.commandEnded()
            self.answer(session, frame.id, outcome)
        }
    }

    func answer(_ session: ClientSession, _ id: ByteBuffer?, _ outcome: ChatOutcome) {
        switch outcome {
        case .answered(let reply) where reply.succeeded: session.succeed(id, reply.answer)
        case .answered(let reply): session.send(AnswerFrame.error(id, reply.answer))
        case .failed(let refusal): session.send(AnswerFrame.error(id, refusal))
        }
    }

    // MARK: Redis

    func subscriber(_ subscriber: RedisSubscriber, received payload: ByteBuffer, on channel: String, sharded: Bool) {
        guard sharded else { return self.chat.received(payload) }
        if self.personal.received(payload, on: channel) { return }
        guard let event = LiveEvent(payload) else {
            self.counters.malformed += 1
            return
        }
        self.rooms.received(event)
    }

    func subscriberReadComplete(_ subscriber: RedisSubscriber) {
        self.rooms.flushDue()
    }

    func subscriberConnected(_ subscriber: RedisSubscriber, runID: String, isReconnect: Bool) {
        self.isSubscribed = true
        self.chat.reconnected()
        guard isReconnect else { return }
        self.rooms.interrupted()
        self.personal.interrupted()
    }

    func subscriberDisconnected(_ subscriber: RedisSubscriber) {
        self.isSubscribed = false
    }

    func subscriber(_ subscriber: RedisSubscriber, lost channel: RedisSubscriber.Channel) {}

    func subscriber(_ subscriber: RedisSubscriber, restored channel: RedisSubscriber.Channel) {
        self.rooms.interrupted(channel: channel.name)
        self.personal.interrupted(channel: channel.name)
        if channel == .plain(RedisNames.gateway(self.name)) { self.chat.reconnected() }
    }

    private func commandsReconnected() {
        self.chat.reconnected()
        self.presence.reconnected()
        // Redis may have come back without what it knew.
        self.presence.opened(self.allSessions)
        self.watch.checkAll()
    }

    // MARK: Time

    /// Starts what repeats. Everything ends with the loop.
    func start() {
        self.chat.start()
        self.presence.beat()
        self.eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(250), delay: .milliseconds(250)) { _ in
            self.typing.tick(now: .now())
            self.rooms.expireJoins(now: .now())
            self.rooms.flushDue()
        }
        self.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in self.watch.tick() }
        self.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(5), delay: .seconds(5)) { _ in
            self.presence.beat()
        }
    }
}

/// What one loop has done, as counters that only grow.
struct HubCounters: Sendable {
    var socketsOpened = 0
    var framesIn = 0
    var events = 0
    /// Events times sockets.
    var deliveries = 0
    var refusals = 0
    var rateLimited = 0
    var heals = 0
    var reloads = 0
    var notifications = 0
    var malformed = 0
}
