import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Redis
import ServiceLifecycle
import TestSupport

/// One event loop for all connections of these tests.
let loop = MultiThreadedEventLoopGroup.singleton.next()

let logger: Logger = {
    var logger = Logger(label: "redis-tests")
    logger.logLevel = .critical
    return logger
}()

extension RedisServer {
    /// A configuration for this server with short waits.
    func configuration(_ change: (inout RedisConfiguration) -> Void = { _ in }) throws -> RedisConfiguration {
        var configuration = try RedisConfiguration(url: self.url)
        configuration.reconnect = Backoff(base: .milliseconds(5), cap: .milliseconds(50))
        change(&configuration)
        return configuration
    }

    func connect(_ change: (inout RedisConfiguration) -> Void = { _ in }) async throws -> RedisConnection {
        try await RedisConnection.connect(self.configuration(change), on: loop, logger: logger)
    }
}

/// Runs a service while `body` runs.
func running<Result: Sendable>(_ service: any Service, _ body: () async throws -> Result) async throws -> Result {
    let task = Task { try await service.run() }
    defer { task.cancel() }
    return try await body()
}

/// What a command fails with; `nil` when it does not fail.
func failure<Value>(_ body: () async throws(RedisError) -> Value) async -> RedisError? {
    do throws(RedisError) {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}

/// What a command fails with; `nil` when it does not fail.
func failure(of command: RedisCommand, on redis: some RedisCommands) async -> RedisError? {
    await failure { () async throws(RedisError) -> RedisValue in try await redis.send(command) }
}
