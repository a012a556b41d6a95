public import Logging
public import NIOCore
public import ServiceLifecycle

/// What a ``RedisSubscriber`` tells. Everything comes on ``RedisSubscriber/eventLoop``, in the order in which it
/// happened.
public protocol RedisSubscriberDelegate: AnyObject, Sendable {
    /// A publication came. The payload is a slice of what one read brought: copy what is to be kept for long.
    func subscriber(_ subscriber: RedisSubscriber, received payload: ByteBuffer, on channel: String, sharded: Bool)
    /// One read of the socket is used up: the moment to write what its publications led to.
    func subscriberReadComplete(_ subscriber: RedisSubscriber)
    /// All channels wanted at the (re)connect are confirmed: what was published meanwhile is missing, heal it now.
    func subscriberConnected(_ subscriber: RedisSubscriber, runID: String, isReconnect: Bool)
    /// The connection was lost; from here on publications are missed.
    func subscriberDisconnected(_ subscriber: RedisSubscriber)
    /// The server ended a subscription unasked (its slot moved). The subscriber asks for it again by itself.
    func subscriber(_ subscriber: RedisSubscriber, lost channel: RedisSubscriber.Channel)
    /// A lost subscription is confirmed again: heal it now.
    func subscriber(_ subscriber: RedisSubscriber, restored channel: RedisSubscriber.Channel)
}

/// One connection that subscribes, to plain and to shard channels, on demand. Subscriptions outlive the connection:
/// after a reconnect all are made again, then the delegate is told to heal what it missed.
///
/// The connection is PINGed every second, and replaced when two of them pass without a byte from the server.
public final class RedisSubscriber: Service {
    /// A channel to subscribe to.
    public enum Channel: Hashable, Sendable {
        /// `SUBSCRIBE`.
        case plain(String)
        /// `SSUBSCRIBE`.
        case sharded(String)

        /// The channel's name.
        public var name: String {
            switch self {
            case .plain(let name), .sharded(let name): name
            }
        }
    }

    /// Carries the connection; the delegate is called here.
    public let eventLoop: any EventLoop
    let delegate: any RedisSubscriberDelegate
    let logger: Logger
    let pingInterval: TimeAmount
    private let configuration: RedisConfiguration
    private let subscriptions: NIOLoopBoundBox<Subscriptions>

    /// - Parameter delegate: Kept alive as long as the subscriber.
    public convenience init(
        _ configuration: RedisConfiguration, logger: Logger, eventLoop: any EventLoop,
        delegate: any RedisSubscriberDelegate
    ) {
        self.init(
            configuration, logger: logger, eventLoop: eventLoop, delegate: delegate, pingInterval: .seconds(1))
    }

    init(
        _ configuration: RedisConfiguration, logger: Logger, eventLoop: any EventLoop,
        delegate: any RedisSubscriberDelegate, pingInterval: TimeAmount
    ) {
        self.configuration = configuration
        self.logger = logger
        self.eventLoop = eventLoop
        self.delegate = delegate
        self.pingInterval = pingInterval
        self.subscriptions = .makeBoxSendingValue(Subscriptions(), eventLoop: eventLoop)
    }

    /// Asks for a channel, now and after every reconnect.
    ///
    /// - Returns: Succeeds when the server has confirmed it on the present connection; at once when it had before.
    ///   Fails when the server refuses for good, and when ``unsubscribe(_:)`` or the end of ``run()`` comes first.
    @discardableResult
    public func subscribe(_ channel: Channel) -> EventLoopFuture<Void> {
        let promise = self.eventLoop.makePromise(of: Void.self)
        self.onLoop { $0.subscribe(channel, promise) }
        return promise.futureResult
    }

    /// Gives a channel up. Publications on their way may still come.
    public func unsubscribe(_ channel: Channel) {
        self.onLoop { $0.unsubscribe(channel) }
    }

    /// Connects, and connects again whenever the connection is lost. Returns at graceful shutdown or cancellation.
    public func run() async throws {
        let kept = KeptConnection(
            configuration: self.configuration, eventLoop: self.eventLoop, logger: self.logger,
            purpose: " for subscriptions")
        await cancelWhenGracefulShutdown {
            await kept.run { connection in
                try await self.eventLoop.submit { try self.install(connection) }.get()
                try? await connection.closeFuture.get()
            }
        }
        self.onLoop { $0.stop() }
    }

    /// Turns a greeted connection into a subscribed one. Nothing is on its way on it, so handlers can be exchanged.
    private func install(_ connection: RedisConnection) throws {
        guard connection.isActive else { throw RedisError.notConnected }
        let pipeline = connection.channel.pipeline.syncOperations
        let handler = SubscriptionHandler(
            self, self.subscriptions.value, runID: connection.runID,
            maxReplyBytes: self.configuration.maxReplyBytes)
        let commands = try pipeline.handler(type: CommandHandler.self)
        try pipeline.addHandler(handler)
        pipeline.removeHandler(commands, promise: nil)
        handler.start()
    }

    private func onLoop(_ body: @escaping @Sendable (Subscriptions) -> Void) {
        if self.eventLoop.inEventLoop {
            body(self.subscriptions.value)
        } else {
            let subscriptions = self.subscriptions
            self.eventLoop.execute { body(subscriptions.value) }
        }
    }
}
