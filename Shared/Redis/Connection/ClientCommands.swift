public import NIOCore

extension RedisClient {
    /// Sends one command over the present connection, or the next one that comes within the command's time limit.
    public func send(_ command: RedisCommand) -> EventLoopFuture<RedisValue> {
        if let connection = self.current { return connection.send(command) }
        return self.nextConnection(within: self.limit([command])).flatMap { $0.send(command) }
    }

    /// Sends all commands in one write. Those for one key run in their order; those for keys with different hash tags may run in
    /// any order, because in a cluster they go to different servers. Without a connection within the time limit the future fails with
    /// ``RedisError/notConnected``.
    public func pipeline(_ commands: [RedisCommand]) -> EventLoopFuture<[Result<RedisValue, RedisError>]> {
        if let connection = self.current { return connection.pipeline(commands) }
        return self.nextConnection(within: self.limit(commands)).flatMap { $0.pipeline(commands) }
    }

    /// Runs scripts in one pipeline, in order as ``pipeline(_:)-(_)`` says; see ``RedisConnection``.
    public func evaluate(_ calls: [RedisScript.Call]) -> EventLoopFuture<[Result<RedisValue, RedisError>]> {
        if let connection = self.current { return connection.evaluate(calls) }
        return self.nextConnection(within: self.configuration.commandTimeout).flatMap { $0.evaluate(calls) }
    }

    /// Sends one command and waits for its reply.
    public func send(_ command: RedisCommand) async throws(RedisError) -> RedisValue {
        let reply: EventLoopFuture<RedisValue> = self.send(command)
        return try await reply.redisValue()
    }

    /// Sends all commands in one write and waits for all replies.
    public func pipeline(
        _ commands: [RedisCommand]
    ) async throws(RedisError) -> [Result<RedisValue, RedisError>] {
        let replies: EventLoopFuture<[Result<RedisValue, RedisError>]> = self.pipeline(commands)
        return try await replies.redisValue()
    }

    /// Runs scripts in one pipeline and waits for all results.
    public func evaluate(
        _ calls: [RedisScript.Call]
    ) async throws(RedisError) -> [Result<RedisValue, RedisError>] {
        let results: EventLoopFuture<[Result<RedisValue, RedisError>]> = self.evaluate(calls)
        return try await results.redisValue()
    }

    private func limit(_ commands: [RedisCommand]) -> Duration {
        commands.compactMap(\.timeout).max() ?? self.configuration.commandTimeout
    }
}
