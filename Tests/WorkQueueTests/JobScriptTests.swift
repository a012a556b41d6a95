import Redis
import TestSupport
import Testing

@testable import WorkQueue

struct JobScriptTests {
    /// Every script with keys and arguments that change something, after ``prepare(_:_:)``.
    static func calls(_ queue: JobQueue) -> [RedisScript.Call] {
        let job = queue.job("a")
        return [
            queue.enqueue(id: "new", payload: [1]),
            .init(JobScripts.claim, keys: [queue.ready, queue.claims, queue.owners], arguments: [1, "me", 1_000]),
            .init(
                JobScripts.begin, keys: [job, queue.claims, queue.owners, queue.dead],
                arguments: ["a", "me", 0, "q", "r"]),
            .init(JobScripts.renew, keys: [queue.claims, queue.owners], arguments: ["a", "me", 1_000]),
            .init(JobScripts.finish, keys: [job, queue.claims, queue.owners], arguments: ["a", "me"]),
            .init(
                JobScripts.retry, keys: [job, queue.claims, queue.owners, queue.scheduled],
                arguments: ["a", "me", 10, "later", 0, 10]),
            .init(
                JobScripts.discard, keys: [job, queue.claims, queue.owners, queue.dead],
                arguments: ["a", "me", "gone", "q", "r"]),
            .init(
                JobScripts.moveDue, keys: [queue.scheduled, queue.claims, queue.owners, queue.ready], arguments: [10]),
            .init(JobScripts.replay, keys: [queue.job("failed"), queue.ready], arguments: ["failed"]),
        ]
    }

    /// A queue in which every script has something to do.
    static func prepare(_ queue: JobQueue, _ redis: RedisClient) async throws {
        func argument(_ text: String) -> RedisArgument { RedisArgument(text) }
        let commands: [[RedisArgument]] = [
            ["FLUSHALL"],
            ["HSET", argument(queue.job("a")), "state", "sending", "payload", "p", "attempts", 1, "repeats", 0],
            ["HSET", argument(queue.job("failed")), "state", "failed", "payload", "p", "attempts", 1, "repeats", 0],
            ["HSET", argument(queue.owners), "a", "me", "old", "dead"],
            ["ZADD", argument(queue.claims), 99_999_999_999_999, "a", 1, "old"],
            ["ZADD", argument(queue.scheduled), 1, "due"],
            ["LPUSH", argument(queue.ready), "waiting"],
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
                        // `enqueue` sees a job of that name: known, and left alone.
                        #expect(call.script.name == "enqueue_job" && key == call.keys[0], "\(call.script.name) \(key)")
                        continue
                    }
                    #expect(error.kind == .wrongType || error.message.contains("WRONGTYPE"), "\(error)")
                    #expect(before == after, "\(call.script.name) left a trace with \(key)")
                }
            }
        }
    }

    @Test("somebody without the claim can settle, renew and begin nothing")
    func ownership() async throws {
        try await JobBench.run { bench in
            try await Self.prepare(bench.queue, bench.redis)
            let thief = JobClaim(queue: bench.queue, id: "a", owner: "thief")
            let before = try await bench.redis.send(RedisCommand("DEBUG", "DIGEST")).string
            let calls = [
                thief.renewal(lease: .seconds(1)), thief.settlement(JobResult(.done)),
                thief.settlement(JobResult(.retry(after: .zero))), thief.settlement(JobResult(.discard(reason: "x"))),
            ]
            for reply in try await bench.redis.evaluate(calls) { #expect(try reply.get().int == 0) }
            let beginning = try await bench.redis.evaluate([thief.begin(repeats: 1)])[0].get()
            #expect(try JobClaim.beginning(beginning) == .lost)
            #expect(try await bench.redis.send(RedisCommand("DEBUG", "DIGEST")).string == before)
        }
    }

    @Test("at its bound the queue refuses, and nothing is stored")
    func full() async throws {
        try await JobBench.run { bench in
            let call = bench.queue.enqueue(id: "x", payload: [1])
            let tight = RedisScript.Call(
                call.script, keys: call.keys, arguments: Array(call.arguments.dropLast()) + [0])
            let reply = try await bench.redis.evaluate([tight])[0].get()
            let enqueued = try JobQueue.enqueued(reply)
            #expect(enqueued == .full)
            let keys = try await bench.redis.send(RedisCommand("DBSIZE")).int
            #expect(keys == 0)
        }
    }
}
