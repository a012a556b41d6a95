public import Logging
internal import NIOConcurrencyHelpers
public import NIOCore
public import NIOPosix
public import ServiceLifecycle

/// Keeps one connection up for as long as it runs: a lost one is replaced, with growing, jittered waits.
///
/// A command goes over the present connection; without one it waits up to the command's time limit, and those that waited go
/// out in the order in which they came. No command is ever
/// repeated by itself: ``RedisError/connectionClosed(mayHaveRun:)`` leaves that to the caller.
public final class RedisClient: Service, RedisCommands {
    public let configuration: RedisConfiguration
    public let eventLoop: any EventLoop
    let logger: Logger
    private let state = NIOLockedValueBox(State())

    private struct State {
        var connection: RedisConnection?
        var isStopped = false
        var waiters: [Int: EventLoopPromise<RedisConnection>] = [:]
        var nextWaiter = 0
        var hooks: [@Sendable (RedisConnection) async -> Void] = []

        /// All that wait, in the order in which they came: their commands go out in it.
        mutating func takeWaiters() -> [EventLoopPromise<RedisConnection>] {
            defer { self.waiters.removeAll() }
            return self.waiters.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// - Parameter eventLoopGroup: One loop of it carries all connections of this client.
    public init(
        _ configuration: RedisConfiguration, logger: Logger,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.configuration = configuration
        self.logger = logger
        self.eventLoop = eventLoopGroup.next()
    }

    /// The present connection.
    public var current: RedisConnection? {
        self.state.withLockedValue { $0.connection }.flatMap { $0.isActive ? $0 : nil }
    }

    /// The present connection to the server that holds `key`, as ``connection(for:within:)`` says, without waiting for one.
    public func current(for key: String) -> RedisConnection? { self.current }

    /// Adds work to do after every connect and reconnect. Commands do not wait for it.
    public func onConnect(_ body: @escaping @Sendable (RedisConnection) async -> Void) {
        self.state.withLockedValue { $0.hooks.append(body) }
    }

    /// Connects, and connects again whenever the connection is lost. Returns at graceful shutdown or cancellation.
    public func run() async throws {
        let kept = KeptConnection(
            configuration: self.configuration, eventLoop: self.eventLoop, logger: self.logger, purpose: "")
        await cancelWhenGracefulShutdown { await kept.run { await self.use($0) } }
        self.stop()
    }

    /// The present connection to the server that holds a key, or the next. There is one server today, and it holds every key;
    /// in a cluster each holds some.
    ///
    /// - Parameter key: The key, or any key with the same hash tag, of everything that is sent over it.
    /// - Throws: ``RedisError/notConnected`` when none came within the time.
    public func connection(
        for key: String, within limit: Duration = .seconds(5)
    ) async throws(RedisError) -> RedisConnection {
        if let connection = self.current(for: key) { return connection }
        return try await self.nextConnection(within: limit).redisValue()
    }

    /// A further connection to the server that holds `key`, for blocking commands. It is not replaced when lost; close it
    /// after use.
    public func dedicated(for key: String) async throws(RedisError) -> RedisConnection {
        try await RedisConnection.connect(self.configuration, on: self.eventLoop, logger: self.logger)
    }

    /// Makes `connection` the present one until it ends.
    private func use(_ connection: RedisConnection) async {
        let (waiters, hooks) = self.state.withLockedValue { state in
            state.connection = connection
            return (state.takeWaiters(), state.hooks)
        }
        self.logger.info("connected to Redis", metadata: ["run_id": "\(connection.runID)"])
        for waiter in waiters { waiter.succeed(connection) }
        await withTaskGroup(of: Void.self) { group in
            for hook in hooks { group.addTask { await hook(connection) } }
            try? await connection.closeFuture.get()
            self.state.withLockedValue { $0.connection = nil }
            if !Task.isCancelled { self.logger.warning("lost the connection to Redis") }
            group.cancelAll()
        }
    }

    private func stop() {
        let waiters = self.state.withLockedValue { state in
            state.isStopped = true
            state.connection = nil
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.fail(RedisError.notConnected) }
    }

    /// Waits for the next connection.
    func nextConnection(within limit: Duration) -> EventLoopFuture<RedisConnection> {
        let promise = self.eventLoop.makePromise(of: RedisConnection.self)
        enum Place {
            case connected(RedisConnection)
            case stopped
            case waiting(Int)
        }
        let place = self.state.withLockedValue { state -> Place in
            if let connection = state.connection, connection.isActive { return .connected(connection) }
            if state.isStopped { return .stopped }
            state.nextWaiter += 1
            state.waiters[state.nextWaiter] = promise
            return .waiting(state.nextWaiter)
        }
        switch place {
        case .connected(let connection): promise.succeed(connection)
        case .stopped: promise.fail(RedisError.notConnected)
        case .waiting(let number):
            let timer = self.eventLoop.scheduleTask(in: TimeAmount(limit)) { [state] in
                state.withLockedValue { $0.waiters.removeValue(forKey: number) }?.fail(RedisError.notConnected)
            }
            promise.futureResult.whenComplete { _ in timer.cancel() }
        }
        return promise.futureResult
    }
}
