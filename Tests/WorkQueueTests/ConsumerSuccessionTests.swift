import Logging
import NIOConcurrencyHelpers
import NIOCore
import Redis
import TestSupport
import Testing

@testable import WorkQueue

/// Who goes on after a consumer, or after its Redis, has ended.
@Suite(.timeLimit(.minutes(2)))
struct ConsumerSuccessionTests {
    private let bench = StreamBench()

    @Test("what a consumer had in hand when it ended comes again, first, and was not acknowledged early")
    func restart() async throws {
        try await self.bench.withRedis { _, redis in
            try await self.bench.add(0..<4, redis)
            let (first, second) = (StreamBench.Seen(), StreamBench.Seen())
            let stuck = self.bench.consumer(redis) { entry in
                first.note(entry)
                return entry.string("n") == "1" ? .retry(after: .seconds(60)) : .done
            }
            try await self.bench.running([stuck]) { await eventually { first.all == ["0", "1"] } }
            let left = try await self.bench.pending(redis)
            #expect(left == 3)
            try await self.bench.add(4..<5, redis)
            let healthy = self.bench.consumer(redis) { entry in
                second.note(entry)
                return .done
            }
            try await self.bench.running([healthy]) { await eventually { second.all.count == 4 } }
            #expect(second.all == ["1", "2", "3", "4"])
        }
    }

    @Test("what a dead consumer left is taken over by another, before newer entries")
    func abandoned() async throws {
        try await self.bench.withRedis { _, redis in
            try await self.bench.add(0..<2, redis)
            let (first, second) = (StreamBench.Seen(), StreamBench.Seen())
            let dead = self.bench.consumer(redis, name: "dead") { entry in
                first.note(entry)
                return .retry(after: .seconds(60))
            }
            try await self.bench.running([dead]) { await eventually { first.all == ["0"] } }
            try await self.bench.add(2..<3, redis)
            let heir = self.bench.consumer(redis, name: "heir", abandonedAfter: .milliseconds(1)) { entry in
                second.note(entry)
                return .done
            }
            try await self.bench.running([heir]) { await eventually { second.all.count == 3 } }
            #expect(second.all == ["0", "1", "2"])
        }
    }

    @Test("of two processes with the lease one consumes; the other takes over, in order, when it ends")
    func lease() async throws {
        try await self.bench.withRedis { _, redis in
            let (first, second) = (StreamBench.Seen(), StreamBench.Seen())
            let a = self.bench.consumer(redis, name: "a", lease: true) { entry in
                first.note(entry)
                return entry.string("n") == "5" ? .retry(after: .seconds(60)) : .done
            }
            let b = self.bench.consumer(redis, name: "b", lease: true) { entry in
                second.note(entry)
                return .done
            }
            try await self.bench.add(0..<10, redis)
            try await self.bench.running([a]) {
                await eventually { first.all.last == "5" }
                try await self.bench.running([b]) { try await self.bench.add(10..<12, redis) }
                #expect(second.all.isEmpty)
            }
            try await self.bench.running([b]) { await eventually { second.all.count == 7 } }
            #expect(second.all == (5..<12).map(String.init))
        }
    }

    @Test("a group begins where it is told at first; found missing later it begins at the beginning")
    func groupLost() async throws {
        try await self.bench.withRedis { server, redis in
            try await self.bench.add(0..<2, redis)
            let seen = StreamBench.Seen()
            let consumer = self.bench.consumer(redis, start: .now) { entry in
                seen.note(entry)
                return .done
            }
            try await self.bench.running([consumer]) {
                await eventually { try server.command("XINFO", "GROUPS", StreamBench.stream).contains("g") }
                try await self.bench.add(2..<3, redis)
                await eventually { seen.all == ["2"] }
                // Emptied in one step, with new work in it: nobody sees the moment between.
                try server.command(
                    "EVAL", "redis.call('FLUSHALL') redis.call('XADD', KEYS[1], '*', 'n', 'new')", "1",
                    StreamBench.stream)
                await eventually { seen.all == ["2", "new"] }
            }
        }
    }

    @Test("a Redis that was killed under the consumer is consumed on; nothing is skipped")
    func killed() async throws {
        let server = try await RedisServer.start(appendOnly: true)
        defer { server.stop() }
        try await server.withClient { redis in
            try await self.bench.add(0..<5, redis)
            let seen = StreamBench.Seen()
            let consumer = self.bench.consumer(redis) { entry in
                seen.note(entry)
                return .done
            }
            try await self.bench.running([consumer]) {
                await eventually { seen.all.count == 5 }
                try await server.restart()
                await eventually { (try? await self.bench.add(5..<8, redis)) != nil }
                await eventually { seen.all.contains("7") }
                #expect(Array(Set(seen.all).sorted()) == (0..<8).map(String.init))
            }
        }
    }

    @Test("an entry that was trimmed while it was pending is buried, not handled")
    func trimmed() async throws {
        try await self.bench.withRedis { server, redis in
            try await self.bench.add(0..<1, redis)
            let first = StreamBench.Seen()
            let stuck = self.bench.consumer(redis) { entry in
                first.note(entry)
                return .retry(after: .seconds(60))
            }
            try await self.bench.running([stuck]) { await eventually { first.all == ["0"] } }
            try server.command("XTRIM", StreamBench.stream, "MAXLEN", "0")
            let second = StreamBench.Seen()
            let consumer = self.bench.consumer(redis) { entry in
                second.note(entry)
                return .done
            }
            try await self.bench.running([consumer]) { await eventually { try await self.bench.pending(redis) == 0 } }
            let letters = try await DeadLetters(redis: redis, stream: "dead").list()
            #expect(second.all.isEmpty && letters.first?.reason.contains("trimmed") == true)
        }
    }
}
