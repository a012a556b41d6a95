import NIOConcurrencyHelpers
import Redis
import TestSupport
import Testing

@testable import WorkQueue

/// Jobs that are taken, done and recorded together.
@Suite(.timeLimit(.minutes(2)))
struct JobBatchTests {
    private static func state(_ bench: JobBench, _ ids: ClosedRange<Int>) async throws -> [JobState?] {
        var states: [JobState?] = []
        for index in ids { states.append(try await bench.state("j\(index)")?.state) }
        return states
    }

    @Test("jobs are handed out together, in their order, and each ends as its own result says")
    func together() async throws {
        try await JobBench.run { bench in
            for index in 1...5 { _ = try await bench.enqueue("j\(index)") }
            let handed = NIOLockedValueBox<[[String]]>([])
            let worker = bench.worker(concurrency: 8, together: 3) { jobs in
                handed.withLockedValue { $0.append(jobs.map(\.id)) }
                return jobs.map { job in
                    job.id == "j2" ? JobResult(.discard(reason: "two\nlines")) : JobResult(.done)
                }
            }
            bench.signal.notify([bench.queue: 5])
            try await bench.running([worker]) {
                await eventually { try await Self.state(bench, 1...5) == [.sent, .failed, .sent, .sent, .sent] }
            }
            let batches = handed.withLockedValue { $0 }.sorted { $0[0] < $1[0] }
            #expect(batches == [["j1", "j2", "j3"], ["j4", "j5"]])
            let reason = try await bench.state("j2")?.reason
            #expect(reason == "two lines")
        }
    }

    @Test(
        "a batch that died between being begun and its first transfer is tried once more, all of it counted, the rest not"
    )
    func diedBeforeTransfers() async throws {
        try await JobBench.run { bench in
            for index in 1...6 { _ = try await bench.enqueue("j\(index)") }
            let taken = try await bench.takeAndDie(4, lease: .milliseconds(100))
            #expect(taken.jobs.map(\.id) == ["j1", "j2", "j3", "j4"] && taken.left == 2)
            let repeats = NIOLockedValueBox<[String: [Int]]>([:])
            let worker = bench.worker(concurrency: 4, together: 4) { jobs in
                for job in jobs { repeats.withLockedValue { $0[job.id, default: []].append(job.repeats) } }
                return jobs.map { _ in JobResult(.done) }
            }
            try await bench.running([worker, bench.scheduler]) {
                await eventually { try await Self.state(bench, 1...6).allSatisfy { $0 == .sent } }
            }
            let expected = ["j1": [1], "j2": [1], "j3": [1], "j4": [1], "j5": [0], "j6": [0]]
            #expect(repeats.withLockedValue { $0 } == expected)
        }
    }

    @Test("a batch that died between its transfers and their record repeats only what was not recorded")
    func diedBeforeRecord() async throws {
        try await JobBench.run { bench in
            for index in 1...4 { _ = try await bench.enqueue("j\(index)") }
            let take = TakeJobs(queue: bench.queue, count: 4, owner: "dying", lease: .milliseconds(200), repeats: 1)
            let taken = try take.answer(try await bench.redis.evaluate([take.call])[0].get())
            // All four went out; half of them came to be recorded.
            let settlements = taken.jobs.prefix(2).map { job in
                SettleJobs.Settlement(JobClaim(queue: job.queue, id: job.id, owner: "dying"), JobResult(.done))
            }
            let settle = SettleJobs(queue: bench.queue, settlements: settlements)
            let reply = try await bench.redis.evaluate([settle.call])[0].get()
            #expect(reply.array?.compactMap(\.int) == [1, 1])
            let repeats = NIOLockedValueBox<[String: [Int]]>([:])
            let worker = bench.worker(concurrency: 4, together: 4) { jobs in
                for job in jobs { repeats.withLockedValue { $0[job.id, default: []].append(job.repeats) } }
                return jobs.map { _ in JobResult(.done) }
            }
            try await bench.running([worker, bench.scheduler]) {
                await eventually { try await Self.state(bench, 1...4).allSatisfy { $0 == .sent } }
            }
            #expect(repeats.withLockedValue { $0 } == ["j3": [1], "j4": [1]])
        }
    }

    @Test("one claim lost in the middle of a batch changes nothing there, and the others end as they should")
    func lostInTheMiddle() async throws {
        try await JobBench.run { bench in
            for index in 1...3 { _ = try await bench.enqueue("j\(index)") }
            let wasCancelled = NIOLockedValueBox(false)
            let (goOn, open) = AsyncStream.makeStream(of: Void.self)
            let worker = bench.worker(concurrency: 3, together: 3, lease: .milliseconds(600)) { jobs in
                for await _ in goOn { break }
                wasCancelled.withLockedValue { $0 = Task.isCancelled }
                return jobs.map { _ in JobResult(.done) }
            }
            bench.signal.notify([bench.queue: 3])
            try await bench.running([worker]) {
                await eventually { try await Self.state(bench, 1...3).allSatisfy { $0 == .sending } }
                try await bench.steal("j2")
                await eventually { bench.events.withLockedValue { $0.contains(.lost(bench.queue)) } }
                open.yield()
                await eventually { try await Self.state(bench, 1...3) == [.sent, .sending, .sent] }
            }
            // Two of the three were still ours.
            #expect(!wasCancelled.withLockedValue { $0 })
            let events = bench.events.withLockedValue { $0 }
            #expect(events.count { $0 == .finished(bench.queue) } == 2)
            #expect(events.count { $0 == .lost(bench.queue) } == 1)
        }
    }

    @Test("a job for later waits for its time, also when its process ends meanwhile; its name is known at once")
    func notBefore() async throws {
        try await JobBench.run { bench in
            let time = try await bench.redis.send(RedisCommand("TIME")).array?.first?.string.flatMap { Int($0) }
            let due = try #require(time) * 1_000 + 2_500
            #expect(try await bench.enqueue("later", notBefore: due) == .added)
            #expect(try await bench.enqueue("later") == .known)
            #expect(try await bench.enqueue("past", notBefore: due - 60_000) == .added)
            let done = NIOLockedValueBox<[String]>([])
            let handle: @Sendable (Job) async -> JobResult = { job in
                done.withLockedValue { $0.append(job.id) }
                return JobResult(.done)
            }
            // The first process does what is due and ends.
            try await bench.running([bench.worker(handle: handle), bench.scheduler]) {
                await eventually { try await bench.state("past")?.state == .sent }
            }
            #expect(done.withLockedValue { $0 } == ["past"])
            #expect(try await bench.state("later")?.state == .planned)
            let score = try await bench.redis.send(RedisCommand("ZSCORE", RedisArgument(bench.queue.due), "later"))
            #expect(score.string == "\(due)")
            // The next one does the other when it is due.
            bench.startAnew()
            try await bench.running([bench.worker(handle: handle), bench.scheduler]) {
                await eventually { try await bench.state("later")?.state == .sent }
            }
            let ended = try #require(try await bench.state("later"))
            #expect(ended.updatedAt >= due && done.withLockedValue { $0 } == ["past", "later"])
        }
    }

    @Test("what is not to be done is noted with its reason, once, and never done")
    func skipped() async throws {
        try await JobBench.run { bench in
            let skipped = NewJob(id: "event/ghost", skipped: "online")
            let call = bench.queue.enqueue([skipped, NewJob(id: "event/viper")])
            let first = try JobQueue.enqueued(try await bench.redis.evaluate([call])[0].get())
            let second = try JobQueue.enqueued(try await bench.redis.evaluate([call])[0].get())
            #expect(first == [.added, .added] && second == [.known, .known])
            let record = try #require(try await bench.state("event/ghost"))
            #expect(record.state == .skipped && record.reason == "online" && record.attempts == 0)
            let waiting = try await bench.redis.send(RedisCommand("LRANGE", RedisArgument(bench.queue.waiting), 0, -1))
            #expect(waiting.array?.compactMap(\.string) == ["event/viper"])
        }
    }
}
