import Redis
import TestSupport
import Testing

@testable import WorkQueue

/// A stream that one process at a time reads by position, against a real Redis.
@Suite(.timeLimit(.minutes(2)))
struct StreamPositionTests {
    private let bench = StreamBench()

    private func consumer(
        _ redis: RedisClient, name: String = "a", handle: @escaping @Sendable ([StreamEntry]) async -> [JobOutcome]
    ) -> OrderedConsumer {
        var reader = StreamReader(
            stream: StreamBench.stream, group: "g", consumer: name, batch: 4, block: .milliseconds(50))
        reader.readsByPosition = true
        return OrderedConsumer(
            redis: redis, reader: reader,
            lease: ConsumerLease(redis: redis, key: "lease", lifetime: .milliseconds(500)),
            deadLetters: DeadLetters(redis: redis, stream: "dead"),
            logger: StreamBench.logger, now: { 1_000 }, together: 3,
            handleTogether: handle)
    }

    private func waiting(_ redis: RedisClient) async throws -> Int? {
        // The group is not there at once.
        guard let lag = try await StreamLag.read(StreamBench.stream, group: "g", redis: redis) else { return nil }
        #expect(lag.pending == 0 && (lag.passedBy ?? 0) == 0)
        return lag.behind
    }

    @Test("entries come in order; the group says what is done, and nothing is ever pending")
    func order() async throws {
        try await self.bench.withRedis { _, redis in
            try await self.bench.add(0..<10, redis)
            let seen = StreamBench.Seen()
            let consumer = self.consumer(redis) { entries in
                seen.note(entries)
                return entries.map { $0.string("n") == "5" ? .discard(reason: "odd") : .done }
            }
            try await self.bench.running([consumer]) {
                await eventually { try await self.waiting(redis) == 0 }
                // What a writer removes up to there is missed by nobody.
                _ = try await redis.send(RedisCommand("XTRIM", "work", "MAXLEN", 0))
                try await self.bench.add(10..<12, redis)
                await eventually { try await self.waiting(redis) == 0 && seen.all.count == 12 }
            }
            #expect(seen.all == (0..<12).map(String.init))
            let letters = try await redis.xlen("dead")
            #expect(letters == 1)
        }
    }

    @Test("what was in hand at a kill is read again, and nothing before it; what is tried again holds its place")
    func killed() async throws {
        try await self.bench.withRedis { _, redis in
            try await self.bench.add(0..<5, redis)
            let (first, second) = (StreamBench.Seen(), StreamBench.Seen())
            let stuck = self.consumer(redis) { entries in
                first.note(entries)
                return entries.map { $0.string("n") == "1" ? .retry(after: .seconds(60)) : .done }
            }
            try await self.bench.running([stuck]) { await eventually { try await self.waiting(redis) == 4 } }
            #expect(first.all == ["0", "1", "2"])
            let healthy = self.consumer(redis, name: "b") { entries in
                second.note(entries)
                return entries.map { _ in .done }
            }
            try await self.bench.running([healthy]) { await eventually { try await self.waiting(redis) == 0 } }
            #expect(second.all == ["1", "2", "3", "4"])
        }
    }

    @Test("what an earlier release had been given and not finished comes first")
    func leftovers() async throws {
        try await self.bench.withRedis { server, redis in
            try await self.bench.add(0..<3, redis)
            try server.command("XGROUP", "CREATE", StreamBench.stream, "g", "0")
            try server.command("XREADGROUP", "GROUP", "g", "old", "COUNT", "2", "STREAMS", StreamBench.stream, ">")
            let seen = StreamBench.Seen()
            let consumer = self.consumer(redis) { entries in
                seen.note(entries)
                return entries.map { _ in .done }
            }
            try await self.bench.running([consumer]) { await eventually { seen.all.count == 3 } }
            #expect(seen.all == ["0", "1", "2"])
            await eventually { try await self.waiting(redis) == 0 }
        }
    }

    @Test("of two processes one reads; when it ends the other goes on after it")
    func lease() async throws {
        try await self.bench.withRedis { _, redis in
            let (first, second) = (StreamBench.Seen(), StreamBench.Seen())
            func reading(_ name: String, _ seen: StreamBench.Seen) -> OrderedConsumer {
                self.consumer(redis, name: name) { entries in
                    seen.note(entries)
                    return entries.map { _ in .done }
                }
            }
            try await self.bench.add(0..<6, redis)
            try await self.bench.running([reading("a", first)]) {
                await eventually { try await self.waiting(redis) == 0 }
                try await self.bench.running([reading("b", second)]) {
                    try await self.bench.add(6..<8, redis)
                    await eventually { first.all.count == 8 }
                }
                #expect(second.all.isEmpty)
            }
            try await self.bench.add(8..<10, redis)
            try await self.bench.running([reading("b", second)]) { await eventually { second.all.count == 2 } }
            #expect(first.all == (0..<8).map(String.init) && second.all == ["8", "9"])
        }
    }

    @Test("a group that is gone is made again from the beginning: better twice than never")
    func groupLost() async throws {
        try await self.bench.withRedis { server, redis in
            try await self.bench.add(0..<2, redis)
            let seen = StreamBench.Seen()
            let consumer = self.consumer(redis) { entries in
                seen.note(entries)
                return entries.map { _ in .done }
            }
            try await self.bench.running([consumer]) {
                await eventually { try await self.waiting(redis) == 0 }
                try server.command("XGROUP", "DESTROY", StreamBench.stream, "g")
                try await self.bench.add(2..<3, redis)
                await eventually { try await self.waiting(redis) == 0 && Set(seen.all).count == 3 }
            }
        }
    }
}
