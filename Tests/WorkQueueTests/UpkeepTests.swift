import Logging
import NIOConcurrencyHelpers
import Redis
import TestSupport
import Testing

@testable import WorkQueue

/// What keeps groups and dead letters small.
@Suite(.timeLimit(.minutes(2)))
struct UpkeepTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func withRedis(_ body: @Sendable @escaping (RedisServer, RedisClient) async throws -> Void) async throws {
        let server = try await RedisServer.start()
        let redis = RedisClient(try RedisConfiguration(url: server.url), logger: Self.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await redis.run() }
            await eventually { redis.current != nil }
            try await body(server, redis)
            group.cancelAll()
        }
    }

    @Test("consumers of ended processes leave the group once they hold nothing and have been silent for long")
    func consumers() async throws {
        try await self.withRedis { server, redis in
            try server.command("XADD", "work", "*", "n", "0")
            try server.command("XGROUP", "CREATE", "work", "g", "0")
            try server.command("XREADGROUP", "GROUP", "g", "holding", "COUNT", "1", "STREAMS", "work", ">")
            try server.command("XGROUP", "CREATECONSUMER", "work", "g", "silent")
            var reader = StreamReader(
                stream: "work", group: "g", consumer: "me", block: .milliseconds(20), abandonedAfter: .seconds(60))
            func run(_ reader: StreamReader, until condition: @escaping () throws -> Bool) async throws {
                let seen = NIOLockedValueBox<[String]>([])
                let consumer = OrderedConsumer(
                    redis: redis, reader: reader, deadLetters: DeadLetters(redis: redis, stream: "dead"),
                    logger: Self.logger, now: { 1 },
                    handle: { entry in
                        seen.withLockedValue { $0.append(entry.string("n") ?? "?") }
                        return .done
                    })
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await consumer.run() }
                    try server.command("XADD", "work", "*", "n", "fence")
                    await eventually { seen.withLockedValue { $0.contains("fence") } }
                    await eventually { try condition() }
                    group.cancelAll()
                }
            }
            func names() throws -> Set<String> {
                let reply = try server.command("XINFO", "CONSUMERS", "work", "g")
                return Set(["holding", "silent", "me"].filter { reply.contains("\r\n\($0)\r\n") })
            }
            // For a day they stay.
            try await run(reader) { true }
            #expect(try names() == ["holding", "silent", "me"])
            reader.forgottenAfter = .zero
            try await run(reader) { try names() == ["holding", "me"] }
        }
    }

    @Test("all letters are replayed in pages, oldest first; those that come back wait for another time")
    func replayAll() async throws {
        try await self.withRedis { server, redis in
            let letters = DeadLetters(redis: redis, stream: "dead")
            let adds = (0..<250).map { number in
                RedisCommand.xadd(
                    "dead",
                    fields: [("reason", "r"), ("replay_to", "dead"), ("field.n", RedisArgument(number))])
            }
            for result in try await redis.pipeline(adds) { _ = try result.get() }
            try server.command("CONFIG", "RESETSTAT")
            let told = NIOLockedValueBox<[StreamID]>([])
            try await letters.replayAll { id, isReplayed in
                #expect(isReplayed)
                told.withLockedValue { $0.append(id) }
            }
            let ids = told.withLockedValue { $0 }
            #expect(ids.count == 250 && ids == ids.sorted())
            // Replayed into the stream of the letters itself: each came back once.
            let count = try await letters.count()
            #expect(count == 250)
            let replays = try await redis.xrange("dead", count: 300).map { $0.string("n") ?? "?" }
            #expect(replays == (0..<250).map(String.init))
        }
    }
}
