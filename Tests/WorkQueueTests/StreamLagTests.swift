import Redis
import TestSupport
import Testing

@testable import WorkQueue

/// How far a group is behind is counted: what Redis believes is wrong for good once entries were trimmed before their turn.
struct StreamLagTests {
    private static let stream = "signals"

    private func withGroup(
        from start: StreamReader.Start = .beginning, before: Int = 0,
        _ body: (_ add: (Int) async throws -> Void, _ take: (Int) async throws -> Int, RedisClient) async throws -> Void
    ) async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await server.withClient { redis in
            func add(_ count: Int) async throws {
                for number in 0..<count {
                    _ = try await redis.send(
                        RedisCommand("XADD", "signals", "MAXLEN", 100, "*", "n", RedisArgument(number)))
                }
            }
            try await add(before)
            let reader = StreamReader(stream: Self.stream, group: "g", consumer: "a", start: { start })
            let connection = try await redis.dedicated(for: Self.stream)
            try await reader.makeGroup(on: connection, again: false)
            try await reader.makeGroup(on: connection, again: false)
            await connection.close()
            func take(_ count: Int) async throws -> Int {
                let reply = try await redis.send(
                    RedisCommand(
                        "XREADGROUP", "GROUP", "g", "a", "COUNT", RedisArgument(count), "STREAMS", "signals", ">"))
                return reply.array?.first?.array?.last?.array?.count ?? 0
            }
            try await body(add, take, redis)
        }
    }

    @Test("what is behind and what was passed by is right before, during and after entries were trimmed unread")
    func trimmed() async throws {
        try await self.withGroup { add, take, redis in
            var (pending, lines) = (0, [[Int]]())
            for (added, taken) in [(50, 20), (150, 10), (0, 1_000), (10, 1_000), (300, 500), (5, 3)] {
                try await add(added)
                pending += try await take(taken)
                let lag = try #require(try await StreamLag.read(Self.stream, group: "g", redis: redis))
                #expect(lag.pending == pending && lag.waiting == lag.behind + pending)
                lines.append([lag.behind, lag.passedBy ?? -1])
            }
            // Of 200 the first 20 were taken and 100 are kept; of 300 more again 100.
            #expect(lines == [[30, 0], [90, 80], [0, 80], [0, 80], [0, 280], [2, 280]])
        }
    }

    @Test("of a stream so long that not all are counted, nothing is said to be passed by")
    func long() async throws {
        try await self.withGroup { _, take, redis in
            for number in 0..<2_500 {
                _ = try await redis.send(RedisCommand("XADD", "signals", "*", "n", RedisArgument(number)))
            }
            _ = try await take(1)
            let far = try #require(try await StreamLag.read(Self.stream, group: "g", redis: redis))
            #expect(far.behind >= 1_000 && far.passedBy == nil)
            _ = try await take(2_000)
            let near = try #require(try await StreamLag.read(Self.stream, group: "g", redis: redis))
            #expect(near.behind == 499 && near.passedBy == 0)
        }
    }

    @Test("a group that begins at the end misses nothing of what was before it, and all of what is trimmed after")
    func fromNow() async throws {
        try await self.withGroup(from: .now, before: 70) { add, take, redis in
            for (added, expected) in [(0, [0, 0]), (5, [5, 0]), (200, [100, 105])] {
                try await add(added)
                let lag = try #require(try await StreamLag.read(Self.stream, group: "g", redis: redis))
                #expect([lag.behind, lag.passedBy] == expected)
            }
            #expect(try await take(1_000) == 100)
            let lag = try await StreamLag.read(Self.stream, group: "g", redis: redis)
            #expect(lag?.passedBy == 105 && lag?.behind == 0)
            #expect(try await StreamLag.read(Self.stream, group: "other", redis: redis) == nil)
            #expect(try await StreamLag.read("nothing", group: "g", redis: redis) == nil)
        }
    }
}
