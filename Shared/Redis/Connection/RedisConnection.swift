internal import NIOConcurrencyHelpers
public import NIOCore

/// One connection to one life of one server. When it ends it stays ended; ``RedisClient`` makes the next.
///
/// Replies come in the order of the commands. So a blocking command holds up all that follow it: give it a connection
/// of its own (``RedisClient/dedicated(for:)``).
public final class RedisConnection: RedisCommands {
    /// Futures of this connection complete here.
    public let eventLoop: any EventLoop
    /// The server's `run_id`, read at connect: another life of the server has another.
    public let runID: String

    let channel: any Channel
    /// Digests of the scripts that the server holds, as far as this connection knows.
    let loadedScripts = NIOLockedValueBox<Set<String>>([])
    private let handler: NIOLoopBound<CommandHandler>
    private let defaultTimeout: TimeAmount

    init(
        _ configuration: RedisConfiguration, channel: any Channel, handler: NIOLoopBound<CommandHandler>, runID: String
    ) {
        self.channel = channel
        self.eventLoop = channel.eventLoop
        self.handler = handler
        self.runID = runID
        self.defaultTimeout = TimeAmount(configuration.commandTimeout)
    }

    /// Whether commands can still be sent.
    public var isActive: Bool { self.channel.isActive }

    /// Succeeds when the connection has ended, for whatever reason.
    public var closeFuture: EventLoopFuture<Void> { self.channel.closeFuture }

    /// Sends one command. Commands sent in one turn of the event loop share one write.
    ///
    /// - Returns: The reply. An error reply fails the future with ``RedisError/server(_:)``.
    public func send(_ command: RedisCommand) -> EventLoopFuture<RedisValue> {
        let promise = self.eventLoop.makePromise(of: RedisValue.self)
        let timeout = command.timeout.map { TimeAmount($0) } ?? self.defaultTimeout
        let bytes = command.bytes
        self.onLoop { $0.send(bytes, to: .command(promise), timeout: timeout) }
        return promise.futureResult
    }

    /// Sends all commands in one write.
    ///
    /// - Returns: One result per command, in order. Error replies, timeouts and a lost connection stand in the results;
    ///   the future itself never fails. The pipeline has the longest time limit of its commands, counted as a whole.
    public func pipeline(_ commands: [RedisCommand]) -> EventLoopFuture<[Result<RedisValue, RedisError>]> {
        let promise = self.eventLoop.makePromise(of: [Result<RedisValue, RedisError>].self)
        guard !commands.isEmpty else {
            promise.succeed([])
            return promise.futureResult
        }
        var bytes = commands[0].bytes
        let behind = commands.dropFirst()
        if !behind.isEmpty {
            bytes.reserveCapacity(minimumWritableBytes: behind.reduce(0) { $0 + $1.bytes.readableBytes })
            for command in behind { bytes.writeImmutableBuffer(command.bytes) }
        }
        var timeout = commands.contains { $0.timeout == nil } ? self.defaultTimeout : .zero
        for own in commands.compactMap(\.timeout) { timeout = max(timeout, TimeAmount(own)) }
        let count = commands.count
        self.onLoop { [bytes, timeout] in
            $0.send(bytes, to: .pipeline(PipelineReplies(count: count, promise: promise)), timeout: timeout)
        }
        return promise.futureResult
    }

    /// Sends one command and waits for its reply. Cancelling the task does not end the wait; the time limit does.
    public func send(_ command: RedisCommand) async throws(RedisError) -> RedisValue {
        let reply: EventLoopFuture<RedisValue> = self.send(command)
        do throws(RedisError) { return try await reply.redisValue() } catch { throw error.naming(command.keys) }
    }

    /// Sends all commands in one write and waits for all replies.
    public func pipeline(
        _ commands: [RedisCommand]
    ) async throws(RedisError) -> [Result<RedisValue, RedisError>] {
        let replies: EventLoopFuture<[Result<RedisValue, RedisError>]> = self.pipeline(commands)
        return zip(try await replies.redisValue(), commands).map { $0.naming($1.keys) }
    }

    /// Ends the connection; commands without a reply hear ``RedisError/connectionClosed(mayHaveRun:)``.
    public func close() async {
        self.channel.close(promise: nil)
        try? await self.channel.closeFuture.get()
    }

    private func onLoop(_ body: @escaping @Sendable (CommandHandler) -> Void) {
        if self.eventLoop.inEventLoop {
            body(self.handler.value)
        } else {
            let handler = self.handler
            self.eventLoop.execute { body(handler.value) }
        }
    }
}
