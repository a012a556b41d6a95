import NIOConcurrencyHelpers
import Redis
import ServiceLifecycle
import TestSupport
import Testing

@testable import WorkQueue

struct JobWorkerTests {
    @Test("a job of the same name is added once, also after it is done")
    func enqueuedOnce() async throws {
        try await JobBench.run { bench in
            #expect(try await bench.enqueue("a") == .added)
            #expect(try await bench.enqueue("a") == .known)
            let done = NIOLockedValueBox<[String]>([])
            let worker = bench.worker { job in
                done.withLockedValue { $0.append(String(decoding: job.payload, as: UTF8.self)) }
                return JobResult(.done)
            }
            try await bench.running([worker]) {
                await eventually { try await bench.state("a")?.state == .sent }
                let again = try await bench.enqueue("a")
                #expect(again == .known)
                let other = try await bench.enqueue("b")
                #expect(other == .added)
                await eventually { try await bench.state("b")?.state == .sent }
            }
            #expect(done.withLockedValue { $0 } == ["payload of a", "payload of b"])
            // Nothing is left but the ends, and they are forgotten by themselves.
            #expect(try await bench.redis.send(RedisCommand("DBSIZE")).int == 2)
            let ttl = try await bench.redis.send(RedisCommand("TTL", RedisArgument(bench.queue.ended("a")))).int ?? 0
            #expect((600_000...604_800).contains(ttl))
        }
    }

    @Test("many jobs run at once, never more than allowed, each of them once")
    func bounded() async throws {
        try await JobBench.run { bench in
            let other = JobQueue(name: "other", prefix: "sc:{n2}:mail", dead: "sc:{n2}:dead")
            for index in 0..<60 { _ = try await bench.enqueue("j\(index)", on: index % 2 == 0 ? bench.queue : other) }
            let counts = NIOLockedValueBox((now: 0, most: 0, done: [String: Int]()))
            let worker = bench.worker(concurrency: 4) { job in
                counts.withLockedValue {
                    $0.now += 1
                    $0.most = max($0.most, $0.now)
                }
                // The first wait for each other, so that as many as may run at once do.
                await eventually { counts.withLockedValue { $0.most >= 4 } }
                for _ in 0..<20 { await Task.yield() }
                counts.withLockedValue {
                    $0.now -= 1
                    $0.done[job.id, default: 0] += 1
                }
                return JobResult(.done)
            }
            try await bench.running([worker]) {
                await eventually { counts.withLockedValue { $0.done.count } == 60 }
            }
            #expect(counts.withLockedValue { $0.done.values.allSatisfy { $0 == 1 } })
            #expect(counts.withLockedValue { $0.most } == 4)
        }
    }

    @Test("a retry waits for its time, and is then the next attempt")
    func retried() async throws {
        try await JobBench.run { bench in
            _ = try await bench.enqueue("a")
            let starts = NIOLockedValueBox<[ContinuousClock.Instant]>([])
            let worker = bench.worker { job in
                starts.withLockedValue { $0.append(.now) }
                return JobResult(job.attempt < 3 ? .retry(after: .milliseconds(300), reason: "451 later") : .done)
            }
            try await bench.running([worker, bench.scheduler]) {
                await eventually { try await bench.state("a")?.reason == "451 later" }
                await eventually { try await bench.state("a")?.state == .sent }
            }
            let record = try #require(try await bench.state("a"))
            #expect(record.attempts == 3 && record.repeats == 0)
            let times = starts.withLockedValue { $0 }
            #expect(times.count == 3)
            for (earlier, later) in zip(times, times.dropFirst()) { #expect(later - earlier >= .milliseconds(300)) }
        }
    }

    @Test("a discarded job is kept with its reason, and a replayed one runs again")
    func discarded() async throws {
        try await JobBench.run { bench in
            _ = try await bench.enqueue("a")
            let isRepaired = NIOLockedValueBox(false)
            let worker = bench.worker { _ in
                JobResult(isRepaired.withLockedValue { $0 } ? .done : .discard(reason: "550 no such user"))
            }
            try await bench.running([worker, bench.scheduler]) {
                await eventually { try await bench.state("a")?.state == .failed }
                #expect(try await bench.state("a")?.reason == "550 no such user")
                let letters = DeadLetters(redis: bench.redis, stream: bench.queue.dead)
                let letter = try #require(try await letters.list().first)
                #expect(letter.reason == "550 no such user")
                #expect(letter.source == bench.queue.prefix && letter.entry == "a")

                isRepaired.withLockedValue { $0 = true }
                try await letters.replay(letter.id)
                await eventually { try await bench.state("a")?.state == .sent }
                #expect(try await letters.count() == 0)
            }
        }
    }

    @Test("a dead letter whose state is long forgotten can still be replayed")
    func replayedLate() async throws {
        try await JobBench.run { bench in
            _ = try await bench.enqueue("a")
            let count = NIOLockedValueBox(0)
            let worker = bench.worker { job in
                count.withLockedValue { $0 += 1 }
                #expect(String(decoding: job.payload, as: UTF8.self) == "payload of a")
                return JobResult(count.withLockedValue { $0 } == 1 ? .discard(reason: "no") : .done)
            }
            try await bench.running([worker, bench.scheduler]) {
                await eventually { try await bench.state("a")?.state == .failed }
                _ = try await bench.redis.send(RedisCommand("DEL", RedisArgument(bench.queue.ended("a"))))
                let letters = DeadLetters(redis: bench.redis, stream: bench.queue.dead)
                try await letters.replay(try #require(try await letters.list().first).id)
                await eventually { try await bench.state("a")?.state == .sent }
            }
        }
    }

    @Test("a claim is renewed while the attempt lasts, however long that is")
    func renewed() async throws {
        try await JobBench.run { bench in
            _ = try await bench.enqueue("a")
            let runs = NIOLockedValueBox(0)
            let (goOn, open) = AsyncStream.makeStream(of: Void.self)
            let worker = bench.worker(lease: .seconds(2)) { _ in
                runs.withLockedValue { $0 += 1 }
                for await _ in goOn { break }
                return JobResult(.done)
            }
            func end() async throws -> Int? {
                try await bench.redis.send(RedisCommand("ZSCORE", RedisArgument(bench.queue.held), "a")).string
                    .flatMap { Int($0) }
            }
            try await bench.running([worker, bench.scheduler]) {
                await eventually { try await end() != nil }
                let first = try #require(try await end())
                // Far beyond the first claim: without renewal somebody else would have it by then.
                await eventually(within: .seconds(30)) { (try await end() ?? 0) > first + 3_000 }
                open.yield()
                await eventually { try await bench.state("a")?.state == .sent }
            }
            #expect(runs.withLockedValue { $0 } == 1)
            let record = try #require(try await bench.state("a"))
            #expect(record.repeats == 0)
        }
    }

    @Test("an attempt whose claim was lost is cancelled and changes nothing")
    func lost() async throws {
        try await JobBench.run { bench in
            _ = try await bench.enqueue("a")
            let wasCancelled = NIOLockedValueBox(false)
            let worker = bench.worker(lease: .milliseconds(300)) { _ in
                try? await Task.sleep(for: .seconds(60))
                wasCancelled.withLockedValue { $0 = Task.isCancelled }
                return JobResult(.done)
            }
            try await bench.running([worker]) {
                await eventually { try await bench.state("a")?.state == .sending }
                try await bench.steal("a")
                await eventually { wasCancelled.withLockedValue { $0 } }
                await eventually { bench.events.withLockedValue { $0.contains(.lost(bench.queue)) } }
            }
            #expect(try await bench.state("a")?.state == .sending)
            let record = try await bench.redis.send(RedisCommand("HGET", RedisArgument(bench.queue.jobs), "a")).string
            #expect(record?.contains("somebody_else") == true)
        }
    }

    @Test("a graceful shutdown lets attempts end and takes no more")
    func graceful() async throws {
        try await JobBench.run { bench in
            for id in ["a", "b"] { _ = try await bench.enqueue(id) }
            let runs = NIOLockedValueBox(0)
            let (goOn, open) = AsyncStream.makeStream(of: Void.self)
            let worker = bench.worker(concurrency: 1) { _ in
                runs.withLockedValue { $0 += 1 }
                for await _ in goOn { break }
                // The shutdown has come here: what ends now leaves room for nobody.
                while !Task.isShuttingDownGracefully { await Task.yield() }
                return JobResult(.done)
            }
            let group = ServiceGroup(services: [worker], logger: bench.logger)
            async let end: Void = group.run()
            await eventually { runs.withLockedValue { $0 } == 1 }
            await group.triggerGracefulShutdown()
            open.yield()
            try await end
            #expect(runs.withLockedValue { $0 } == 1)
            var states: [JobState] = []
            for id in ["a", "b"] { states.append(try #require(try await bench.state(id)).state) }
            #expect(states == [.sent, .planned])
        }
    }
}
