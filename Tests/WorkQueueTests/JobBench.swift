import Logging
import NIOConcurrencyHelpers
import Redis
import ServiceLifecycle
import TestSupport
import Testing

@testable import WorkQueue

/// A queue in a Redis of its own, with a client that runs while the test does.
final class JobBench: Sendable {
    let server: RedisServer
    let redis: RedisClient
    let queue = JobQueue(name: "mail", prefix: "sc:{n1}:mail", dead: "sc:{n1}:dead")
    private let signals = NIOLockedValueBox(JobSignal())
    /// Of the process that runs now: a worker that ended takes the end of its signal with it.
    var signal: JobSignal { self.signals.withLockedValue { $0 } }
    let events = NIOLockedValueBox<[JobEvent]>([])
    let logger = Logger(label: "test")

    private init() async throws {
        self.server = try await RedisServer.start()
        self.redis = RedisClient(try RedisConfiguration(url: self.server.url), logger: self.logger)
    }

    /// Runs `body` beside the client.
    static func run(_ body: @Sendable (JobBench) async throws -> Void) async throws {
        let bench = try await JobBench()
        try await withThrowingTaskGroup { group in
            group.addTask { try await bench.redis.run() }
            do { try await body(bench) } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
        }
    }

    func enqueue(
        _ id: String, on queue: JobQueue? = nil, notBefore: Int? = nil
    ) async throws -> JobQueue.Enqueued {
        let queue = queue ?? self.queue
        let job = NewJob(id: id, payload: Array("payload of \(id)".utf8), notBefore: notBefore)
        let replies = try await self.redis.evaluate([queue.enqueue([job])])
        let reply = try JobQueue.enqueued(replies[0].get())
        if notBefore == nil { self.signal.notify([queue: 1]) }
        return try #require(reply.first)
    }

    /// The next worker and scheduler are those of another process.
    func startAnew() { self.signals.withLockedValue { $0 = JobSignal() } }

    func worker(
        concurrency: Int = 4, lease: Duration = .seconds(5), drain: Duration = .seconds(5),
        handle: @escaping @Sendable (Job) async -> JobResult
    ) -> JobWorker {
        self.worker(concurrency: concurrency, together: 1, lease: lease, drain: drain) { jobs in
            var results: [JobResult] = []
            for job in jobs { results.append(await handle(job)) }
            return results
        }
    }

    func worker(
        concurrency: Int, together: Int, lease: Duration = .seconds(5), drain: Duration = .seconds(5),
        handle: @escaping @Sendable ([Job]) async -> [JobResult]
    ) -> JobWorker {
        JobWorker(
            redis: self.redis, instance: "test",
            configuration: .init(concurrency: concurrency, together: together, lease: lease, drain: drain),
            signal: self.signal, logger: self.logger,
            observe: { event in self.events.withLockedValue { $0.append(event) } }, handle: handle)
    }

    var scheduler: RetryScheduler {
        RetryScheduler(
            lanes: [(self.queue, self.signal)], redis: self.redis, interval: .milliseconds(20), logger: self.logger,
            observe: { event in self.events.withLockedValue { $0.append(event) } })
    }

    /// Runs services until `body` returns; then they are cancelled, as by a crash that still lets the test go on.
    func running(_ services: [any Service], _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup { group in
            for service in services { group.addTask { try await service.run() } }
            do { try await body() } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
        }
    }

    func state(_ id: String) async throws -> JobRecord? {
        let name = JobName(id)
        return try await self.queue.receipts(ofGroup: name.group, redis: self.redis)
            .first { $0.member == name.member }?.record
    }

    /// Takes jobs as a worker does and leaves them so: what a killed process leaves behind.
    @discardableResult
    func takeAndDie(_ count: Int = 1, lease: Duration, repeats: Int = 1) async throws -> TakeJobs.Answer {
        let take = TakeJobs(
            queue: self.queue, count: count, owner: "dead/\(UInt64.random(in: .min ... .max))", lease: lease,
            repeats: repeats)
        return try take.answer(try await self.redis.evaluate([take.call])[0].get())
    }

    /// Gives a job to somebody else, as if its claim had run out and been taken.
    func steal(_ id: String) async throws {
        let key = RedisArgument(self.queue.jobs)
        let record = try #require(try await self.redis.send(RedisCommand("HGET", key, RedisArgument(id))).string)
        let lines = record.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        var words = lines[0].split(separator: " ").map(String.init)
        words[4] = "somebody_else"
        let stolen = words.joined(separator: " ") + "\n" + lines[1]
        _ = try await self.redis.send(RedisCommand("HSET", key, RedisArgument(id), RedisArgument(stolen)))
    }
}
