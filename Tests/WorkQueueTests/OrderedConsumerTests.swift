import Logging
import NIOConcurrencyHelpers
import NIOCore
import Redis
import TestSupport
import Testing

@testable import WorkQueue

/// One life of a consumer, against a real Redis.
@Suite(.timeLimit(.minutes(2)))
struct OrderedConsumerTests {
    private let bench = StreamBench()

    @Test("an outage is told once when it begins and once when it is over, with the key")
    func outage() async throws {
        let server = try await RedisServer.start()
        let lines = LogLines()
        try await server.withClient { redis in
            try server.command("SET", StreamBench.stream, "poison")
            let consumer = self.bench.consumer(redis, logger: lines.logger) { _ in .done }
            try await self.bench.running([consumer]) {
                await eventually {
                    let refused = try server.command("INFO", "errorstats").split(
                        separator: "errorstat_WRONGTYPE:count=")
                    return refused.count == 2 && (Int(refused[1].prefix { $0.isNumber }) ?? 0) >= 5
                }
                #expect(lines.all == ["warning stream interrupted, reading on soon"])
                #expect(lines.details.first?.contains("; key work") == true)
                try server.command("DEL", StreamBench.stream)
                await eventually { lines.all.count == 2 }
                #expect(lines.all.last == "notice works again")
            }
        }
    }

    @Test("entries come one at a time, in order, and are acknowledged")
    func order() async throws {
        try await self.bench.withRedis { _, redis in
            try await self.bench.add(0..<250, redis)
            let (seen, atOnce) = (StreamBench.Seen(), NIOLockedValueBox((now: 0, most: 0)))
            let consumer = self.bench.consumer(redis) { entry in
                atOnce.withLockedValue { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                await Task.yield()
                seen.note(entry)
                atOnce.withLockedValue { $0.now -= 1 }
                return .done
            }
            try await self.bench.running([consumer]) {
                await eventually { seen.all.count == 250 }
                await eventually { try await self.bench.pending(redis) == 0 }
            }
            #expect(seen.all == (0..<250).map(String.init))
            #expect(atOnce.withLockedValue { $0.most } == 1)
        }
    }

    @Test("a retried entry is tried again in place; what follows waits")
    func retry() async throws {
        try await self.bench.withRedis { _, redis in
            try await self.bench.add(0..<3, redis)
            let seen = StreamBench.Seen()
            let consumer = self.bench.consumer(redis) { entry in
                seen.note(entry)
                return entry.string("n") == "1" && seen.times("1") < 4 ? .retry(after: .milliseconds(5)) : .done
            }
            try await self.bench.running([consumer]) { await eventually { seen.all.last == "2" } }
            #expect(seen.all == ["0", "1", "1", "1", "1", "2"])
        }
    }

    @Test("poison becomes a dead letter with its reason and fields, and replaying puts it back")
    func poison() async throws {
        try await self.bench.withRedis { _, redis in
            try await self.bench.add(0..<3, redis)
            let seen = StreamBench.Seen()
            let consumer = self.bench.consumer(redis, replayTo: "again") { entry in
                seen.note(entry)
                return entry.string("n") == "1" ? .discard(reason: "odd") : .done
            }
            try await self.bench.running([consumer]) {
                await eventually { seen.all == ["0", "1", "2"] }
                await eventually { try await self.bench.pending(redis) == 0 }
            }
            let dead = DeadLetters(redis: redis, stream: "dead")
            let letters = try await dead.list()
            let letter = try #require(letters.first)
            #expect(
                letters.count == 1 && letter.reason == "odd" && letter.source == StreamBench.stream
                    && letter.at == 1_000)
            #expect(letter.fields.map { "\($0.0)=\(String(buffer: $0.1))" } == ["n=1"])
            let added = try await dead.replay(letter.id)
            #expect(added != nil)
            let (again, left) = (try await redis.xrange("again"), try await dead.count())
            #expect(again.first?.string("n") == "1" && again.count == 1 && left == 0)
            let twice = try await dead.replay(letter.id)
            #expect(twice == nil)
        }
    }

    @Test(
        "a stream of dead letters that is broken is set aside and holds up nothing; what waits for another try is told")
    func brokenLetters() async throws {
        try await self.bench.withRedis { _, redis in
            try await self.bench.add(0..<4, redis)
            _ = try await redis.send(RedisCommand("SET", "dead", "poison"))
            let (seen, lines) = (StreamBench.Seen(), NIOLockedValueBox(0))
            let logger = Logger(label: "test") { _ in CountingHandler(lines: lines) }
            let consumer = self.bench.consumer(redis, logger: logger) { entry in
                seen.note(entry)
                if entry.string("n") == "1" { return .discard(reason: "odd") }
                return entry.string("n") == "2" && seen.times("2") < 4 ? .retry(after: .milliseconds(5)) : .done
            }
            try await self.bench.running([consumer]) {
                await eventually { try await self.bench.pending(redis) == 0 && seen.times("3") == 1 }
            }
            #expect(seen.all == ["0", "1", "2", "2", "2", "2", "3"])
            let letters = try await DeadLetters(redis: redis, stream: "dead").count()
            let kept = try await redis.send(RedisCommand("KEYS", "damaged:*")).array ?? []
            #expect(letters == 1 && kept.count == 1)
            // Refused, set aside, tried in vain, gone on.
            #expect(lines.withLockedValue { $0 } == 4)
        }
    }

    @Test("a letter that a script of chat wrote is read with its command's own fields")
    func chatLetter() async throws {
        try await self.bench.withRedis { _, redis in
            let stream = "sc:{p3}:dead"
            try await redis.xadd(
                stream,
                fields: [
                    ("reason", "no"), ("at", 5), ("entry", "1-1"), ("stream", "sc:{p3}:commands"), ("kind", "leave"),
                    ("id", "x"), ("at", 4),
                ])
            let letter = try #require(try await DeadLetters(redis: redis, stream: stream).list().first)
            #expect(letter.reason == "no" && letter.at == 5 && letter.replayTo == "sc:{p3}:commands")
            #expect(letter.fields.map(\.0) == ["kind", "id", "at"])
        }
    }
}
