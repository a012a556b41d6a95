import Directory
import Logging
import NIOCore
import Redis
import WireContract

/// What one event loop is made of. Loops share nothing with each other: each is a gateway of its own to the rest of the
/// suite, with its own name, its own subscriptions and its own commands, so that no message crosses from one thread to
/// another.
///
/// Only the process holds this, to start and to end it; its parts are handed each what it uses. Confined to its loop.
final class GatewayLoop: @unchecked Sendable {
    /// What an operator can set, for all loops alike.
    struct Settings: Sendable {
        var partitions = RedisNames.defaultPartitionCount
        /// Commands that may wait in one partition.
        var commandsBound = 100_000
        /// Messages per user; 0 for no limit.
        var messagesPerMinute = 30
        var reactionsPerMinute = 60
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
    let redis: RedisClient
    let subscriber: RedisSubscriber
    let router: ChannelRouter
    let chat: ChatClient
    let rooms: RoomSubscriptions
    let inbox: Inbox
    let registry: SocketRegistry
    let sessions: OpenSessions
    private let watch: SessionWatch
    private let counters = LoopCounters()

    init(
        name: String, eventLoop: any EventLoop, settings: Settings, redis configuration: RedisConfiguration,
        directory: DirectoryReplica, logger: Logger
    ) {
        let redis = RedisClient(configuration, logger: logger, eventLoopGroup: eventLoop)
        let router = ChannelRouter(gateway: name, counters: self.counters)
        self.name = name
        self.eventLoop = eventLoop
        self.redis = redis
        self.router = router
        self.subscriber = RedisSubscriber(configuration, logger: logger, eventLoop: eventLoop, delegate: router)
        self.chat = ChatClient(
            gateway: name, redis: redis, eventLoop: eventLoop, partitions: settings.partitions,
            bound: settings.commandsBound, isListening: { router.isSubscribed })
        let typing = Typing(redis: redis, directory: directory, partitions: settings.partitions)
        self.rooms = RoomSubscriptions(
            chat: self.chat, subscriber: self.subscriber, typing: typing,
            flushes: DueFlushes(eventLoop: eventLoop, joinWindow: settings.joinWindow, counters: self.counters),
            counters: self.counters)
        self.inbox = Inbox(gateway: name, redis: redis, subscriber: self.subscriber, counters: self.counters)
        self.registry = SocketRegistry(
            gateway: name, redis: redis, eventLoop: eventLoop, maximumConnections: settings.maximumConnections)
        let frames = FrameHandler(
            chat: self.chat, rooms: self.rooms,
            rateLimits: FrameHandler.RateLimits(
                messages: RateLimit(
                    of: .messages, perMinute: settings.messagesPerMinute, redis: redis, eventLoop: eventLoop,
                    counters: self.counters),
                reactions: RateLimit(
                    of: .reactions, perMinute: settings.reactionsPerMinute, redis: redis, eventLoop: eventLoop,
                    counters: self.counters)),
            typing: typing, maximumFrameBytes: settings.maximumFrameBytes)
        self.sessions = OpenSessions(
            frames: frames, rooms: self.rooms, inbox: self.inbox, registry: self.registry, counters: self.counters,
            version: settings.version)
        self.watch = SessionWatch(
            redis: redis, eventLoop: eventLoop, directory: directory, sessionSeconds: settings.sessionSeconds)
        router.begin(self.subscriber, chat: self.chat, inbox: self.inbox, rooms: self.rooms)
        redis.onConnect { [weak self] _ in
            guard let self else { return }
            self.eventLoop.execute { self.commandsReconnected() }
        }
    }

    /// Whether answers can come.
    var isReady: Bool { self.router.isSubscribed && self.redis.current != nil }

    private func commandsReconnected() {
        self.chat.reconnected()
        self.registry.reconnected()
        // Redis may have come back without what it knew.
        self.registry.opened(self.sessions.all)
        self.watch.check(self.sessions.all)
    }

    /// Starts what repeats. Everything ends with the loop.
    func start() {
        self.chat.start()
        self.registry.beat()
        self.eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(250), delay: .milliseconds(250)) { _ in
            self.rooms.endTyping(now: .now())
            self.rooms.expireJoins(now: .now())
            self.rooms.flushDue()
        }
        self.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
            self.watch.tick { self.sessions.all }
        }
        let beat = TimeAmount(Liveness.gatewayBeat)
        self.eventLoop.scheduleRepeatedTask(initialDelay: beat, delay: beat) { _ in self.registry.beat() }
    }

    // MARK: From other threads

    /// What it has done and what it holds.
    struct Tally: Sendable {
        /// See ``LoopCounters/names``.
        var counters = LoopCounters().values
        var sockets = 0
        var rooms = 0
    }

    func tally() async throws -> Tally {
        try await self.eventLoop.submit {
            Tally(counters: self.counters.values, sockets: self.sessions.count, rooms: self.rooms.count)
        }.get()
    }
}
