import Logging
import NIOConcurrencyHelpers
import Redis
import ServiceLifecycle
import TestSupport
import Testing

@testable import WorkQueue

/// How a consumer of a stream ends when it is asked to.
@Suite(.timeLimit(.minutes(2)))
struct ConsumerShutdownTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs a consumer of the stream `work` in a group of its own, beside a client that outlives it.
    private func run(
        deletesFinished: Bool = false, handle: @escaping @Sendable (StreamEntry) async -> JobOutcome,
        _ body: (RedisClient, ServiceGroup) async throws -> Void
    ) async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let redis = RedisClient(try RedisConfiguration(url: server.url), logger: Self.logger)
        let consumer = OrderedConsumer(
            redis: redis,
            reader: StreamReader(
                stream: "work", group: "g", consumer: "a", block: .milliseconds(50), deletesFinished: deletesFinished),
            deadLetters: DeadLetters(redis: redis, stream: "dead"), logger: Self.logger, now: { 1_000 }, handle: handle)
        let group = ServiceGroup(services: [consumer], logger: Self.logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await redis.run() }
            let commands = (0..<100).map { RedisCommand.xadd("work", fields: [("n", RedisArgument($0))]) }
            for result in try await redis.pipeline(commands) { _ = try result.get() }
            try await body(redis, group)
            tasks.cancelAll()
        }
    }

    private func pending(_ redis: RedisClient) async throws -> Int {
        try await redis.xpending("work", group: "g").count
    }

    @Test("a graceful shutdown finishes everything that was read, and reads no more")
    func finishes() async throws {
        let seen = NIOLockedValueBox<[String]>([])
        let (goOn, open) = AsyncStream.makeStream(of: Void.self)
        let handle: @Sendable (StreamEntry) async -> JobOutcome = { entry in
            if entry.string("n") == "0" { for await _ in goOn { break } }
            seen.withLockedValue { $0.append(entry.string("n") ?? "?") }
            return .done
        }
        try await self.run(handle: handle) { redis, group in
            async let end: Void = group.run()
            await eventually { try await self.pending(redis) == 100 }
            try await redis.xadd("work", fields: [("n", "late")])
            await group.triggerGracefulShutdown()
            open.yield()
            try await end
            #expect(seen.withLockedValue { $0 } == (0..<100).map(String.init))
            let left = try await self.pending(redis)
            #expect(left == 0)
        }
    }

    @Test("a graceful shutdown does not wait for what is to be tried again later")
    func retried() async throws {
        let runs = NIOLockedValueBox(0)
        let handle: @Sendable (StreamEntry) async -> JobOutcome = { _ in
            runs.withLockedValue { $0 += 1 }
            return .retry(after: .seconds(3_600), reason: "away")
        }
        try await self.run(handle: handle) { redis, group in
            async let end: Void = group.run()
            await eventually { runs.withLockedValue { $0 } == 1 }
            await group.triggerGracefulShutdown()
            try await end
            let left = try await self.pending(redis)
            #expect(left == 100 && runs.withLockedValue { $0 } == 1)
        }
    }

    @Test("a graceful shutdown cuts off what does not end")
    func hanging() async throws {
        let handle: @Sendable (StreamEntry) async -> JobOutcome = { _ in
            try? await Task.sleep(for: .seconds(3_600))
            return .retry(after: .zero, reason: "cut off")
        }
        try await self.run(handle: handle) { redis, group in
            async let end: Void = group.run()
            await eventually { try await self.pending(redis) == 100 }
            await group.triggerGracefulShutdown()
            try await end
            let left = try await self.pending(redis)
            #expect(left == 100)
        }
    }

    @Test("a stream of the consumer's own is empty when all is done")
    func deletes() async throws {
        let handle: @Sendable (StreamEntry) async -> JobOutcome = { _ in .done }
        try await self.run(deletesFinished: true, handle: handle) { redis, group in
            async let end: Void = group.run()
            await eventually { try await redis.xlen("work") == 0 }
            await group.triggerGracefulShutdown()
            try await end
        }
    }
}
