import NIOConcurrencyHelpers
import Redis
import TestSupport
import Testing

@testable import WorkQueue

/// What becomes of jobs whose worker was killed, or whose outcome nobody knows.
struct JobCrashTests {
    @Test("a job cut off in the middle is tried once more, and counted")
    func crashBetweenEffectAndAcknowledgement() async throws {
        try await JobBench.run { bench in
            _ = try await bench.enqueue("a")
            let taken = try await bench.takeAndDie(lease: .milliseconds(200))
            #expect(taken.jobs.map(\.payload) == [Array("payload of a".utf8)])
            #expect(taken.jobs.map(\.attempt) == [1] && taken.jobs.map(\.repeats) == [0])
            #expect(try await bench.state("a")?.state == .sending)
            let jobs = NIOLockedValueBox<[Job]>([])
            let worker = bench.worker { job in
                jobs.withLockedValue { $0.append(job) }
                return JobResult(.done)
            }
            try await bench.running([worker, bench.scheduler]) {
                await eventually { try await bench.state("a")?.state == .sent }
            }
            #expect(jobs.withLockedValue { $0.map(\.repeats) } == [1])
            #expect(try await bench.state("a")?.repeats == 1)
            let events = bench.events.withLockedValue { $0 }
            #expect(events.contains(.recovered(bench.queue, count: 1)))
            #expect(events.contains(.began(bench.queue, possiblyAgain: true)))
        }
    }

    @Test("a job cut off twice ends as unknown, among the dead letters, and is not tried a third time")
    func unknown() async throws {
        try await JobBench.run { bench in
            _ = try await bench.enqueue("a")
            try await bench.takeAndDie(lease: .milliseconds(50))
            await eventually {
                try await bench.scheduler.moveDue()
                return try await bench.redis.send(RedisCommand("LLEN", RedisArgument(bench.queue.waiting))).int == 1
            }
            let second = try await bench.takeAndDie(lease: .milliseconds(50))
            #expect(second.jobs.map(\.payload) == [Array("payload of a".utf8)])
            #expect(second.jobs.map(\.attempt) == [2] && second.jobs.map(\.repeats) == [1])
            let worker = bench.worker { _ in
                Issue.record("it was tried a third time")
                return JobResult(.done)
            }
            try await bench.running([worker, bench.scheduler]) {
                await eventually { try await bench.state("a")?.state == .unknown }
                await eventually { bench.events.withLockedValue { $0.contains(.unknown(bench.queue)) } }
            }
            #expect(try await DeadLetters(redis: bench.redis, stream: bench.queue.dead).count() == 1)
        }
    }

    @Test("what a killed worker had not begun does not count as possibly done, and it had begun no more than it may")
    func crashBeforeEffect() async throws {
        try await JobBench.run { bench in
            for index in 0..<10 { _ = try await bench.enqueue("j\(index)") }
            let started = NIOLockedValueBox<Set<String>>([])
            let dying = bench.worker(concurrency: 3, lease: .milliseconds(300), drain: .zero) { job in
                started.withLockedValue { _ = $0.insert(job.id) }
                // Killed here: nobody will ever hear of it.
                while !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) }
                return JobResult(.retry(after: .seconds(60)), mayHaveHappened: true)
            }
            try await bench.running([dying]) { await eventually { started.withLockedValue { $0.count } == 3 } }
            let begun = started.withLockedValue { $0 }
            for index in 0..<10 {
                let state = try #require(try await bench.state("j\(index)"))
                #expect((state.state == .sending) == begun.contains("j\(index)"))
            }
            let repeats = NIOLockedValueBox<[String: Int]>([:])
            bench.startAnew()
            let worker = bench.worker { job in
                repeats.withLockedValue { $0[job.id] = job.repeats }
                return JobResult(.done)
            }
            try await bench.running([worker, bench.scheduler]) {
                await eventually { repeats.withLockedValue { $0.count } == 7 }
            }
            #expect(repeats.withLockedValue { $0 }.values.allSatisfy { $0 == 0 })
            #expect(begun.isDisjoint(with: repeats.withLockedValue { $0.keys }))
        }
    }

    @Test("an outcome that is itself in doubt is repeated once, then unknown")
    func uncertainOutcome() async throws {
        try await JobBench.run { bench in
            _ = try await bench.enqueue("a")
            let attempts = NIOLockedValueBox<[Int]>([])
            let worker = bench.worker { job in
                attempts.withLockedValue { $0.append(job.repeats) }
                return JobResult(.retry(after: .zero, reason: "no answer"), mayHaveHappened: true)
            }
            try await bench.running([worker, bench.scheduler]) {
                await eventually { try await bench.state("a")?.state == .unknown }
            }
            #expect(attempts.withLockedValue { $0 } == [0, 1])
        }
    }
}
