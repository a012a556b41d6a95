import Logging
import NIOConcurrencyHelpers
import NIOCore
import Redis
import TestSupport

@testable import WorkQueue

/// What tests of consumers share: a stream `work`, what was seen of it, consumers that are stopped as suddenly as a process.
struct StreamBench {
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    static let stream = "work"

    /// What a consumer was given, by the field `n`.
    final class Seen: Sendable {
        private let box = NIOLockedValueBox<[String]>([])
        var all: [String] { self.box.withLockedValue { $0 } }
        func note(_ entry: StreamEntry) { self.note([entry]) }
        func note(_ entries: [StreamEntry]) { self.box.withLockedValue { $0 += entries.map { $0.string("n") ?? "?" } } }
        func times(_ n: String) -> Int { self.all.filter { $0 == n }.count }
    }

    /// A server of its own, and a client that is connected to it.
    func withRedis(_ body: (RedisServer, RedisClient) async throws -> Void) async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await server.withClient { try await body(server, $0) }
    }

    func consumer(
        _ redis: RedisClient, name: String = "a", start: StreamReader.Start = .beginning, lease: Bool = false,
        abandonedAfter: Duration = .seconds(30), replayTo: String? = nil, logger: Logger = StreamBench.logger,
        handle: @escaping @Sendable (StreamEntry) async -> JobOutcome
    ) -> OrderedConsumer {
        OrderedConsumer(
            redis: redis,
            reader: StreamReader(
                stream: Self.stream, group: "g", consumer: name, start: { start }, block: .milliseconds(50),
                abandonedAfter: abandonedAfter),
            lease: lease ? ConsumerLease(redis: redis, key: "lease", lifetime: .milliseconds(500)) : nil,
            deadLetters: DeadLetters(redis: redis, stream: "dead"), replayTo: replayTo, logger: logger,
            now: { 1_000 }, handle: handle)
    }

    /// Runs `consumers` until `body` returns, then cancels them: to them as sudden as the end of the process.
    func running(
        _ consumers: [OrderedConsumer], _ body: () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for consumer in consumers { group.addTask { try await consumer.run() } }
            try await body()
            group.cancelAll()
        }
    }

    func add(_ range: Range<Int>, _ redis: RedisClient) async throws {
        let commands = range.map { RedisCommand.xadd(Self.stream, fields: [("n", RedisArgument($0))]) }
        for result in try await redis.pipeline(commands) { _ = try result.get() }
    }

    func pending(_ redis: RedisClient) async throws -> Int {
        try await redis.xpending(Self.stream, group: "g").count
    }
}
