public import Logging
import NIOConcurrencyHelpers
public import Redis
public import ServiceLifecycle

/// Does the jobs of some queues, many at once and bounded.
///
/// A job is taken for a limited time and the claim renewed while the attempt lasts; an attempt whose claim is lost is
/// cancelled, and what it would have recorded is refused by the token. What ended is recorded and what comes next is
/// taken in one round trip, for all that have ended meanwhile.
public struct JobWorker: Service {
    let redis: RedisClient
    let configuration: Configuration
    private let signal: JobSignal
    private let logger: Logger
    let observe: @Sendable (JobEvent) -> Void
    private let handle: @Sendable ([Job]) async -> [JobResult]
    let desk = NIOLockedValueBox(JobDesk())
    private let instance: String
    private let faults: KeyFaults
    private let broken: BrokenKeys
    private let outage: OutageLog

    /// - Parameters:
    ///   - instance: The name of this process, part of the claims' tokens.
    ///   - signal: Tells of jobs that wait; also given to the ``RetryScheduler``.
    ///   - observe: Hears what becomes of the jobs, for metrics.
    ///   - handle: Does one attempt at each of some jobs, at most ``Configuration/together``. Cancelled when all their
    ///     claims are lost or the shutdown cannot wait; it then returns what it knows. One result for each, in order.
    public init(
        redis: RedisClient, instance: String, configuration: Configuration = Configuration(),
        signal: JobSignal, logger: Logger, observe: @escaping @Sendable (JobEvent) -> Void = { _ in },
        handle: @escaping @Sendable ([Job]) async -> [JobResult]
    ) {
        self.redis = redis
        self.instance = instance
        self.configuration = configuration
        self.signal = signal
        self.logger = logger
        self.faults = KeyFaults(logger: logger)
        self.broken = BrokenKeys(redis: redis, logger: logger)
        self.outage = OutageLog("jobs cannot be taken", logger: logger)
        self.observe = observe
        self.handle = handle
    }

    public func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.keepClaims() }
            for await _ in self.signal.stream.cancelOnGracefulShutdown() {
                if Task.isCancelled { break }
                for batch in await self.turn(taking: !Task.isShuttingDownGracefully) {
                    group.addTask { await self.attempt(batch) }
                }
            }
            await self.drain()
            group.cancelAll()
        }
        // Attempts that were cancelled have said what they know.
        while self.desk.withLockedValue({ $0.hasEndings }) { _ = await self.turn(taking: false) }
    }

    /// Waits until every attempt has ended and is recorded, but not longer than ``Configuration/drain``.
    private func drain() async {
        let end = ContinuousClock.now.advanced(by: self.configuration.drain)
        while self.desk.withLockedValue({ $0.running > 0 || $0.hasEndings }), ContinuousClock.now < end,
            !Task.isCancelled
        {
            _ = await self.turn(taking: false)
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    // MARK: One round trip

    /// Records what has ended and takes what there is room for.
    ///
    /// - Returns: What was taken, in batches to be attempted.
    private func turn(taking isTaking: Bool) async -> [Batch] {
        let (endings, plan) = self.desk.withLockedValue { desk in
            desk.note(self.signal.take())
            let room = isTaking ? self.configuration.concurrency - desk.running : 0
            return (Dictionary(grouping: desk.takeEndings()) { $0.settlement.claim.queue }, desk.plan(room: room))
        }
        guard !endings.isEmpty || !plan.isEmpty else { return [] }
        let settles = endings.map { ($0.key, $0.value) }
        // A token of its own for every look: a worker never takes its own lost claim for a living one.
        let owner = "\(self.instance)/\(UInt64.random(in: .min ... .max))"
        let takes = plan.map { queue, count in
            TakeJobs(
                queue: queue, count: count, owner: owner, lease: self.configuration.lease,
                repeats: self.configuration.repeats)
        }
        let began = ContinuousClock.now
        let calls =
            settles.map { SettleJobs(queue: $0.0, settlements: $0.1.map(\.settlement)).call } + takes.map(\.call)
        var replies: [Result<RedisValue, RedisError>]
        do throws(RedisError) { replies = try await self.redis.evaluate(calls) } catch {
            replies = calls.map { _ in .failure(error) }
        }
        var isFailing = false
        for ((_, endings), reply) in zip(settles, replies) {
            if self.recorded(endings, reply) { continue }
            isFailing = true
            // What is not recorded is done again: a broken key, of the dead letters too, must not be the reason.
            _ = await self.broken.mend(reply, endings.flatMap { $0.settlement.keys })
        }
        var batches: [Batch] = []
        for (take, reply) in zip(takes, replies.dropFirst(settles.count)) {
            do throws(RedisError) {
                if await self.broken.mend(reply, take.queue.keys) {
                    self.signal.notify([take.queue: take.count])
                    continue
                }
                guard let value = try self.faults.value(of: reply, take.queue.jobs) else { continue }
                batches += self.taken(try take.answer(value), by: take, since: began)
            } catch {
                isFailing = true
                self.outage.failed(error)
                self.signal.notify([take.queue: take.count])
            }
        }
        if isFailing {
            // Also when cancelled: the effect has happened, and forgetting that would repeat it.
            await Task { try? await Task.sleep(for: .milliseconds(100)) }.value
            self.signal.wake()
        } else {
            self.outage.succeeded()
        }
        return batches
    }

    /// Tells of what is recorded; what is not is tried again while the claim can still be ours.
    ///
    /// - Returns: Whether Redis has answered.
    private func recorded(_ endings: [JobDesk.Ending], _ reply: Result<RedisValue, RedisError>) -> Bool {
        if case .success(let value) = reply, let answers = value.array, answers.count == endings.count {
            for (ending, answer) in zip(endings, answers) {
                self.observe(answer.int == 1 ? ending.settlement.event : .lost(ending.settlement.claim.queue))
            }
            return true
        }
        let now = ContinuousClock.now
        self.desk.withLockedValue { $0.add(endings.filter { $0.until > now }) }
        for ending in endings where ending.until <= now {
            self.logger.error(
                "an outcome cannot be recorded",
                metadata: ["reply": "\(reply)", "job": "\(ending.settlement.claim.id)"])
            self.observe(.lost(ending.settlement.claim.queue))
        }
        return false
    }

    /// Jobs that are attempted together.
    private struct Batch {
        let number: Int
        let jobs: [Job]
    }

    private func taken(_ answer: TakeJobs.Answer, by take: TakeJobs, since began: ContinuousClock.Instant) -> [Batch] {
        func claim(_ job: Job) -> JobClaim { JobClaim(queue: job.queue, id: job.id, owner: take.owner) }
        for job in answer.jobs { self.observe(.began(job.queue, possiblyAgain: job.mayHaveHappened)) }
        if answer.left > 0 { self.signal.notify([take.queue: answer.left]) }
        if !answer.spent.isEmpty { self.signal.wake() }
        return self.desk.withLockedValue { desk in
            let until = began.advanced(by: self.configuration.lease)
            desk.add(answer.spent.map { .init(settlement: .init(spent: claim($0)), until: until) })
            return stride(from: 0, to: answer.jobs.count, by: self.configuration.together).map { start in
                let jobs = Array(answer.jobs[start..<min(start + self.configuration.together, answer.jobs.count)])
                return Batch(number: desk.begin(jobs.map(claim), validUntil: until), jobs: jobs)
            }
        }
    }

    // MARK: Attempts

    private func attempt(_ batch: Batch) async {
        let isLate = self.desk.withLockedValue { desk in
            guard desk.isLate(batch.number, at: .now) else { return false }
            desk.drop(batch.number)
            return true
        }
        guard !isLate else {
            for job in batch.jobs { self.observe(.lost(job.queue)) }
            return self.signal.wake()
        }
        let work = Task { await self.handle(batch.jobs) }
        if self.desk.withLockedValue({ $0.started(batch.number, work) }) { work.cancel() }
        let results = await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            work.cancel()
        }
        let until = ContinuousClock.now.advanced(by: self.configuration.lease)
        self.desk.withLockedValue { $0.ended(batch.number, results, until: until) }
        self.signal.wake()
    }
}
