import Redis
import TestSupport
import Testing

@testable import WorkQueue

struct JobScriptTests {
    /// Every script with keys and arguments that change something, after ``prepare(_:_:)``.
    static func calls(_ queue: JobQueue) -> [RedisScript.Call] {
        let mine = JobClaim(queue: queue, id: "a", owner: "me")
        let results = [JobResult(.done), JobResult(.retry(after: .zero)), JobResult(.discard(reason: "gone"))]
        return [
            queue.enqueue([NewJob(id: "g/new", payload: [1])]),
            queue.enqueue([NewJob(id: "g/later", notBefore: 99_999_999_999_999)]),
            TakeJobs(queue: queue, count: 1, owner: "me", lease: .seconds(1), repeats: 1).call,
            RenewClaims(queue: queue, claims: [mine], lease: .seconds(1)).call,
            MoveDue(queue: queue).call, queue.former.adoption("old"),
        ] + results.map { SettleJobs(queue: queue, settlements: [.init(mine, $0)]).call }
    }

    /// A queue in which every script has something to do.
    static func prepare(_ queue: JobQueue, _ redis: RedisClient) async throws {
        func argument(_ text: String) -> RedisArgument { RedisArgument(text) }
        let commands: [[RedisArgument]] = [
            ["FLUSHALL"],
            [
                "HSET", argument(queue.jobs), "a", "sending 1 0 1 me\n\np", "abandoned", "sending 1 0 1 dead\n\np",
                "due", "planned 1 0 1 -\nlater\np", "waiting", "planned 0 0 1 -\n\np",
            ],
            ["ZADD", argument(queue.held), 99_999_999_999_999, "a", 1, "abandoned"],
            ["ZADD", argument(queue.due), 1, "due"],
            ["LPUSH", argument(queue.waiting), "waiting"],
            [
                "HSET", argument(queue.former.job("old")), "state", "planned", "payload", "p", "attempts", 1, "repeats",
                0,
            ],
            ["LPUSH", argument(queue.former.ready), "old"],
        ]
        for reply in try await redis.pipeline(commands.map { RedisCommand($0) }) { _ = try reply.get() }
    }

    @Test("a script that meets a wrong type, in whichever key, changes nothing")
    func wrongTypes() async throws {
        try await JobBench.run { bench in
            for call in Self.calls(bench.queue) {
                for key in call.keys {
                    try await Self.prepare(bench.queue, bench.redis)
                    // A string is wrong for all of them.
                    _ = try await bench.redis.send(RedisCommand("SET", RedisArgument(key), "wrong"))
                    let before = try await bench.redis.send(RedisCommand("DEBUG", "DIGEST")).string
                    let reply = try await bench.redis.evaluate([call])[0]
                    let after = try await bench.redis.send(RedisCommand("DEBUG", "DIGEST")).string
                    guard case .failure(.server(let error)) = reply else {
                        Issue.record("\(call.script.name) did not mind \(key)")
                        continue
                    }
                    #expect(error.kind == .wrongType || error.message.contains("WRONGTYPE"), "\(error)")
                    #expect(before == after, "\(call.script.name) left a trace with \(key)")
                }
            }
        }
    }

    @Test("somebody without the claim can settle and renew nothing, nor can its owner after it has run out")
    func ownership() async throws {
        try await JobBench.run { bench in
            for (id, owner) in [("a", "thief"), ("abandoned", "dead"), ("gone", "me")] {
                try await Self.prepare(bench.queue, bench.redis)
                _ = try await bench.redis.evaluate([MoveDue(queue: bench.queue).call])
                let claim = JobClaim(queue: bench.queue, id: id, owner: owner)
                let before = try await bench.redis.send(RedisCommand("DEBUG", "DIGEST")).string
                let results = [JobResult(.done), JobResult(.retry(after: .zero)), JobResult(.discard(reason: "x"))]
                let calls =
                    [RenewClaims(queue: bench.queue, claims: [claim], lease: .seconds(1)).call]
                    + results.map { SettleJobs(queue: bench.queue, settlements: [.init(claim, $0)]).call }
                for reply in try await bench.redis.evaluate(calls) {
                    #expect(try reply.get().array?.compactMap(\.int) == [0])
                }
                #expect(try await bench.redis.send(RedisCommand("DEBUG", "DIGEST")).string == before)
            }
        }
    }

    @Test("at its bound the queue refuses, and nothing is stored", arguments: [nil, 99_999_999_999_999])
    func full(notBefore: Int?) async throws {
        try await JobBench.run { bench in
            let tight = EnqueueJobs(
                queue: bench.queue, jobs: [NewJob(id: "x", payload: [1], notBefore: notBefore)], bound: 0)
            let reply = try await bench.redis.evaluate([tight.call])[0].get()
            let enqueued = try JobQueue.enqueued(reply)
            #expect(enqueued == [.full])
            let keys = try await bench.redis.send(RedisCommand("DBSIZE")).int
            #expect(keys == 0)
        }
    }
}
