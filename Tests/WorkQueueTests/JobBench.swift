import Logging
import NIOConcurrencyHelpers
import Redis
import ServiceLifecycle
import TestSupport

@testable import WorkQueue

/// A queue in a Redis of its own, with a client that runs while the test does.
final class JobBench: Sendable {
    let server: RedisServer
    let redis: RedisClient
    let queue = JobQueue(name: "mail", prefix: "sc:{n1}:mail", dead: "sc:{n1}:dead")
    let signal = JobSignal()
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

    func enqueue(_ id: String, on queue: JobQueue? = nil) async throws -> JobQueue.Enqueued {
        let call = (queue ?? self.queue).enqueue(id: id, payload: Array("payload of \(id)".utf8))
        let replies = try await self.redis.evaluate([call])
        let reply = try JobQueue.enqueued(replies[0].get())
        self.signal.notify()
        return reply
    }

    func worker(
        queues: [JobQueue]? = nil, concurrency: Int = 4, lease: Duration = .seconds(5), drain: Duration = .seconds(5),
        handle: @escaping @Sendable (Job) async -> JobResult
    ) -> JobWorker {
        JobWorker(
            queues: queues ?? [self.queue], redis: self.redis, instance: "test",
            configuration: .init(concurrency: concurrency, lease: lease, drain: drain), signal: self.signal,
            logger: self.logger, observe: { event in self.events.withLockedValue { $0.append(event) } }, handle: handle)
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

    func state(_ id: String) async throws -> JobRecord? { try await self.queue.record(id, redis: self.redis) }

    /// Claims and begins one job as a worker does, and leaves it so: what a killed process leaves behind.
    func beginAndDie(lease: Duration, repeats: Int = 1) async throws -> JobClaim.Beginning {
        let owner = "dead/\(UInt64.random(in: .min ... .max))"
        let claimed = try await self.redis.evaluate(
            JobScripts.claim, keys: [self.queue.ready, self.queue.claims, self.queue.owners],
            arguments: [RedisArgument(1), RedisArgument(owner), RedisArgument(Int(lease / .milliseconds(1)))])
        let claim = JobClaim(queue: self.queue, id: claimed.array?.first?.string ?? "none", owner: owner)
        return try JobClaim.beginning(try await self.redis.evaluate([claim.begin(repeats: repeats)])[0].get())
    }
}
