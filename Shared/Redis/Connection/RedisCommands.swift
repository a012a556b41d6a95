/// What can run commands: a connection, or a client on its present connection. The streams' functions stand on this.
public protocol RedisCommands: Sendable {
    /// Sends one command and waits for its reply; an error reply is thrown as ``RedisError/server(_:)``.
    func send(_ command: RedisCommand) async throws(RedisError) -> RedisValue
    /// Sends all in one write and waits for all replies; error replies stay in the results.
    func pipeline(_ commands: [RedisCommand]) async throws(RedisError) -> [Result<RedisValue, RedisError>]
    /// Runs scripts in one pipeline; see ``RedisConnection/evaluate(_:)-(RedisScript.Call...)``.
    func evaluate(_ calls: [RedisScript.Call]) async throws(RedisError) -> [Result<RedisValue, RedisError>]
}

extension RedisCommands {
    /// Runs one script.
    ///
    /// - Throws: ``RedisError/server(_:)`` also for an error that the script itself returns.
    public func evaluate(
        _ script: RedisScript, keys: [String], arguments: [RedisArgument] = []
    ) async throws(RedisError) -> RedisValue {
        let results = try await self.evaluate([RedisScript.Call(script, keys: keys, arguments: arguments)])
        guard let result = results.first else { throw .unexpectedReply("no result") }
        return try result.get()
    }
}
