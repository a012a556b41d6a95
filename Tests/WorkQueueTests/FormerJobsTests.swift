import Redis
import TestSupport
import Testing

@testable import WorkQueue

/// What earlier releases left is taken over once, and from nobody's hands.
@Suite(.timeLimit(.minutes(1)))
struct FormerJobsTests {
    private func send(_ bench: JobBench, _ words: String...) async throws -> RedisValue {
        try await bench.redis.send(RedisCommand(words.map { RedisArgument($0) }))
    }

    private func leave(_ bench: JobBench, state: String) async throws {
        let former = bench.queue.former
        _ = try await self.send(
            bench, "HSET", former.job("old"), "state", state, "payload", "p", "attempts", "0", "repeats", "0")
    }

    private func adopt(_ bench: JobBench) async throws -> Int? {
        try await bench.redis.evaluate([bench.queue.former.adoption("old")])[0].get().int
    }

    @Test("a job that an earlier release's worker has in hand stays with it")
    func inHand() async throws {
        try await JobBench.run { bench in
            try await self.leave(bench, state: "sending")
            _ = try await self.send(bench, "ZADD", bench.queue.former.claims, "99999999999999", "old")
            _ = try await self.send(bench, "HSET", bench.queue.former.owners, "old", "worker")
            #expect(try await self.adopt(bench) == 0)
            #expect(try await self.send(bench, "ZSCORE", bench.queue.former.claims, "old").string != nil)
            #expect(try await self.send(bench, "HGET", bench.queue.former.owners, "old").string == "worker")
            #expect(try await self.send(bench, "LLEN", bench.queue.waiting).int == 0)
        }
    }

    @Test("a job that is in none of the places where it was listed is not taken over")
    func gone() async throws {
        try await JobBench.run { bench in
            try await self.leave(bench, state: "planned")
            #expect(try await self.adopt(bench) == 0)
            #expect(try await self.send(bench, "LLEN", bench.queue.waiting).int == 0)
        }
    }

    @Test("a dead letter of a job that was taken over begins again when an operator replays it")
    func replayed() async throws {
        try await JobBench.run { bench in
            try await self.leave(bench, state: "planned")
            _ = try await self.send(bench, "LPUSH", bench.queue.former.ready, "old")
            #expect(try await self.adopt(bench) == 1)
            let worker = bench.worker { _ in JobResult(.discard(reason: "gone")) }
            bench.signal.notify([bench.queue: 1])
            try await bench.running([worker]) {
                await eventually { try await bench.state("old")?.state == .failed }
            }
            _ = try await self.send(bench, "XADD", bench.queue.replay, "*", "id", "old", "payload", "p")
            #expect(try await bench.queue.takeReplays(redis: bench.redis) == 1)
            #expect(try await bench.state("old")?.state == .planned)
            #expect(try await self.send(bench, "LLEN", bench.queue.waiting).int == 1)
        }
    }

    @Test("a batch whose claims are over before it begins is not attempted")
    func late() {
        var desk = JobDesk()
        let queue = JobQueue(name: "mail", prefix: "sc:{n1}:mail", dead: "sc:{n1}:dead")
        let now = ContinuousClock.now
        let end = now.advanced(by: .seconds(15))
        let batch = desk.begin([JobClaim(queue: queue, id: "a", owner: "me")], validUntil: end)
        #expect(!desk.isLate(batch, at: now))
        #expect(desk.isLate(batch, at: end))
        desk.drop(batch)
        #expect(desk.running == 0)
        #expect(!desk.hasEndings)
    }
}
