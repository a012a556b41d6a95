import Logging
import NIOConcurrencyHelpers
import NIOCore
import Redis
import TestSupport
import Testing

@testable import WorkQueue

/// Against a real Redis.
@Suite(.timeLimit(.minutes(2)))
struct OrderedConsumerTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static let stream = "work"

    /// What a consumer was given, by the field `n`.
    private final class Seen: Sendable {
        private let box = NIOLockedValueBox<[String]>([])
        var all: [String] { self.box.withLockedValue { $0 } }
        func note(_ entry: StreamEntry) { self.box.withLockedValue { $0.append(entry.string("n") ?? "?") } }
        func times(_ n: String) -> Int { self.all.filter { $0 == n }.count }
    }

    private func consumer(
        _ redis: RedisClient, name: String = "a", start: StreamReader.Start = .beginning, lease: Bool = false,
        abandonedAfter: Duration = .seconds(30), replayTo: String? = nil, logger: Logger = Self.logger,
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
    private func running(
        _ consumers: [OrderedConsumer], _ body: () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for consumer in consumers { group.addTask { try await consumer.run() } }
            try await body()
            group.cancelAll()
        }
    }

    private func add(_ range: Range<Int>, _ redis: RedisClient) async throws {
        let commands = range.map { RedisCommand.xadd(Self.stream, fields: [("n", RedisArgument($0))]) }
        for result in try await redis.pipeline(commands) { _ = try result.get() }
    }

    private func pending(_ redis: RedisClient) async throws -> Int {
        try await redis.xpending(Self.stream, group: "g").count
    }

    @Test("entries come one at a time, in order, and are acknowledged")
    func order() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await server.withClient { redis in
            try await self.add(0..<250, redis)
            let (seen, atOnce) = (Seen(), NIOLockedValueBox((now: 0, most: 0)))
            let consumer = self.consumer(redis) { entry in
                atOnce.withLockedValue { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                await Task.yield()
                seen.note(entry)
                atOnce.withLockedValue { $0.now -= 1 }
                return .done
            }
            try await self.running([consumer]) {
                await eventually { seen.all.count == 250 }
                await eventually { try await self.pending(redis) == 0 }
            }
            #expect(seen.all == (0..<250).map(String.init))
            #expect(atOnce.withLockedValue { $0.most } == 1)
        }
    }

    @Test("a retried entry is tried again in place; what follows waits")
    func retry() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await server.withClient { redis in
            try await self.add(0..<3, redis)
            let seen = Seen()
            let consumer = self.consumer(redis) { entry in
                seen.note(entry)
                return entry.string("n") == "1" && seen.times("1") < 4 ? .retry(after: .milliseconds(5)) : .done
            }
            try await self.running([consumer]) { await eventually { seen.all.last == "2" } }
            #expect(seen.all == ["0", "1", "1", "1", "1", "2"])
        }
    }

    @Test("poison becomes a dead letter with its reason and fields, and replaying puts it back")
    func poison() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await server.withClient { redis in
            try await self.add(0..<3, redis)
            let seen = Seen()
            let consumer = self.consumer(redis, replayTo: "again") { entry in
                seen.note(entry)
                return entry.string("n") == "1" ? .discard(reason: "odd") : .done
            }
            try await self.running([consumer]) {
                await eventually { seen.all == ["0", "1", "2"] }
                await eventually { try await self.pending(redis) == 0 }
            }
            let dead = DeadLetters(redis: redis, stream: "dead")
            let letters = try await dead.list()
            let letter = try #require(letters.first)
            #expect(letters.count == 1 && letter.reason == "odd" && letter.source == Self.stream && letter.at == 1_000)
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
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await server.withClient { redis in
            try await self.add(0..<4, redis)
            _ = try await redis.send(RedisCommand("SET", "dead", "poison"))
            let (seen, lines) = (Seen(), NIOLockedValueBox(0))
            let logger = Logger(label: "test") { _ in CountingHandler(lines: lines) }
            let consumer = self.consumer(redis, logger: logger) { entry in
                seen.note(entry)
                if entry.string("n") == "1" { return .discard(reason: "odd") }
                return entry.string("n") == "2" && seen.times("2") < 4 ? .retry(after: .milliseconds(5)) : .done
            }
            try await self.running([consumer]) {
                await eventually { try await self.pending(redis) == 0 && seen.times("3") == 1 }
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
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await server.withClient { redis in
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

    @Test("what a consumer had in hand when it ended comes again, first, and was not acknowledged early")
    func restart() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await server.withClient { redis in
            try await self.add(0..<4, redis)
            let (first, second) = (Seen(), Seen())
            let stuck = self.consumer(redis) { entry in
                first.note(entry)
                return entry.string("n") == "1" ? .retry(after: .seconds(60)) : .done
            }
            try await self.running([stuck]) { await eventually { first.all == ["0", "1"] } }
            let left = try await self.pending(redis)
            #expect(left == 3)
            try await self.add(4..<5, redis)
            let healthy = self.consumer(redis) { entry in
                second.note(entry)
                return .done
            }
            try await self.running([healthy]) { await eventually { second.all.count == 4 } }
            #expect(second.all == ["1", "2", "3", "4"])
        }
    }

    @Test("what a dead consumer left is taken over by another, before newer entries")
    func abandoned() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await server.withClient { redis in
            try await self.add(0..<2, redis)
            let (first, second) = (Seen(), Seen())
            let dead = self.consumer(redis, name: "dead") { entry in
                first.note(entry)
                return .retry(after: .seconds(60))
            }
            try await self.running([dead]) { await eventually { first.all == ["0"] } }
            try await self.add(2..<3, redis)
            let heir = self.consumer(redis, name: "heir", abandonedAfter: .milliseconds(1)) { entry in
                second.note(entry)
                return .done
            }
            try await self.running([heir]) { await eventually { second.all.count == 3 } }
            #expect(second.all == ["0", "1", "2"])
        }
    }

    @Test("of two processes with the lease one consumes; the other takes over, in order, when it ends")
    func lease() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await server.withClient { redis in
            let (first, second) = (Seen(), Seen())
            let a = self.consumer(redis, name: "a", lease: true) { entry in
                first.note(entry)
                return entry.string("n") == "5" ? .retry(after: .seconds(60)) : .done
            }
            let b = self.consumer(redis, name: "b", lease: true) { entry in
                second.note(entry)
                return .done
            }
            try await self.add(0..<10, redis)
            try await self.running([a]) {
                await eventually { first.all.last == "5" }
                try await self.running([b]) { try await self.add(10..<12, redis) }
                #expect(second.all.isEmpty)
            }
            try await self.running([b]) { await eventually { second.all.count == 7 } }
            #expect(second.all == (5..<12).map(String.init))
        }
    }

    @Test("a group begins where it is told at first; found missing later it begins at the beginning")
    func groupLost() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await server.withClient { redis in
            try await self.add(0..<2, redis)
            let seen = Seen()
            let consumer = self.consumer(redis, start: .now) { entry in
                seen.note(entry)
                return .done
            }
            try await self.running([consumer]) {
                await eventually { try server.command("XINFO", "GROUPS", Self.stream).contains("g") }
                try await self.add(2..<3, redis)
                await eventually { seen.all == ["2"] }
                // Emptied in one step, with new work in it: nobody sees the moment between.
                try server.command(
                    "EVAL", "redis.call('FLUSHALL') redis.call('XADD', KEYS[1], '*', 'n', 'new')", "1", Self.stream)
                await eventually { seen.all == ["2", "new"] }
            }
        }
    }

    @Test("a Redis that was killed under the consumer is consumed on; nothing is skipped")
    func killed() async throws {
        let server = try await RedisServer.start(appendOnly: true)
        defer { server.stop() }
        try await server.withClient { redis in
            try await self.add(0..<5, redis)
            let seen = Seen()
            let consumer = self.consumer(redis) { entry in
                seen.note(entry)
                return .done
            }
            try await self.running([consumer]) {
                await eventually { seen.all.count == 5 }
                try await server.restart()
                await eventually { (try? await self.add(5..<8, redis)) != nil }
                await eventually { seen.all.contains("7") }
                #expect(Array(Set(seen.all).sorted()) == (0..<8).map(String.init))
            }
        }
    }

    @Test("an entry that was trimmed while it was pending is buried, not handled")
    func trimmed() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await server.withClient { redis in
            try await self.add(0..<1, redis)
            let first = Seen()
            let stuck = self.consumer(redis) { entry in
                first.note(entry)
                return .retry(after: .seconds(60))
            }
            try await self.running([stuck]) { await eventually { first.all == ["0"] } }
            try server.command("XTRIM", Self.stream, "MAXLEN", "0")
            let second = Seen()
            let consumer = self.consumer(redis) { entry in
                second.note(entry)
                return .done
            }
            try await self.running([consumer]) { await eventually { try await self.pending(redis) == 0 } }
            let letters = try await DeadLetters(redis: redis, stream: "dead").list()
            #expect(second.all.isEmpty && letters.first?.reason.contains("trimmed") == true)
        }
    }
}
