public import Logging
import NIOConcurrencyHelpers
public import Redis
public import ServiceLifecycle

/// Does the jobs of some queues, many at once and bounded.
///
/// A job is claimed for a limited time and the claim renewed while the attempt lasts; an attempt whose claim is lost is
/// cancelled, and what it would have recorded is refused by the token.
public struct JobWorker: Service {
    /// How a worker works.
    public struct Configuration: Sendable {
        /// Attempts at one time, at least 1.
        public var concurrency: Int
        /// Length of a claim, renewed three times within it: the longest a job of a dead worker waits.
        public var lease: Duration
        /// How often a job is repeated although it may have happened.
        public var repeats: Int
        /// How long a graceful shutdown waits for attempts before it cancels them.
        public var drain: Duration

        /// - Parameters:
        ///   - concurrency: Attempts at one time; default 16.
        ///   - lease: Length of a claim; default 15 s.
        ///   - repeats: Repeats of a job that may have happened; default 1.
        ///   - drain: Wait at shutdown; default 5 s.
        public init(
            concurrency: Int = 16, lease: Duration = .seconds(15), repeats: Int = 1, drain: Duration = .seconds(5)
        ) {
            self.concurrency = max(1, concurrency)
            self.lease = lease
            self.repeats = repeats
            self.drain = drain
        }
    }

    let queues: [JobQueue]
    let redis: RedisClient
    let configuration: Configuration
    let signal: JobSignal
    let logger: Logger
    let observe: @Sendable (JobEvent) -> Void
    let handle: @Sendable (Job) async -> JobResult
    private let running = NIOLockedValueBox(0)
    private let instance: String
    private let faults: KeyFaults

    /// - Parameters:
    ///   - queues: Whose jobs to do; each has its turn at being first.
    ///   - instance: The name of this process, part of the claims' tokens.
    ///   - signal: Wakes the worker; also given to the ``RetryScheduler``.
    ///   - observe: Hears what becomes of the jobs, for metrics.
    ///   - handle: Does one attempt. Cancelled when the claim is lost or the shutdown cannot wait; it then returns what
    ///     it knows.
    public init(
        queues: [JobQueue], redis: RedisClient, instance: String, configuration: Configuration = Configuration(),
        signal: JobSignal, logger: Logger, observe: @escaping @Sendable (JobEvent) -> Void = { _ in },
        handle: @escaping @Sendable (Job) async -> JobResult
    ) {
        self.queues = queues
        self.redis = redis
        self.instance = instance
        self.configuration = configuration
        self.signal = signal
        self.logger = logger
        self.faults = KeyFaults(logger: logger)
        self.observe = observe
        self.handle = handle
    }

    public func run() async throws {
        await withDiscardingTaskGroup { group in
            self.signal.notify()
            for await _ in self.signal.stream.cancelOnGracefulShutdown() {
                if Task.isCancelled { break }
                do throws(RedisError) {
                    for claim in try await self.claim() {
                        self.running.withLockedValue { $0 += 1 }
                        group.addTask {
                            await self.attempt(claim)
                            self.running.withLockedValue { $0 -= 1 }
                            self.signal.notify()
                        }
                    }
                } catch {
                    self.logger.warning("jobs cannot be claimed", metadata: ["error": "\(error)"])
                    try? await Task.sleep(for: .milliseconds(500))
                    self.signal.notify()
                }
            }
            await self.drain()
            group.cancelAll()
        }
    }

    /// Waits until every attempt has ended, but not longer than ``Configuration/drain``.
    private func drain() async {
        let end = ContinuousClock.now.advanced(by: self.configuration.drain)
        while self.running.withLockedValue({ $0 }) > 0, ContinuousClock.now < end, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Claims as much as there is room for. A queue that cannot be read waits; the others have their turn.
    private func claim() async throws(RedisError) -> [JobClaim] {
        let room = self.configuration.concurrency - self.running.withLockedValue { $0 }
        guard room > 0 else { return [] }
        // A token of its own for every look: a worker never takes its own lost claim for a living one.
        let owner = "\(self.instance)/\(UInt64.random(in: .min ... .max))"
        let lengths = try await self.redis.pipeline(
            self.queues.map { RedisCommand("LLEN", RedisArgument($0.ready)) })
        var left = room
        var calls: [(queue: JobQueue, call: RedisScript.Call)] = []
        for (queue, length) in zip(self.queues, lengths).shuffled() {
            let count = min(left, try self.faults.value(of: length, queue.ready)?.int ?? 0)
            guard count > 0 else { continue }
            left -= count
            calls.append(
                (
                    queue,
                    RedisScript.Call(
                        JobScripts.claim, keys: [queue.ready, queue.claims, queue.owners],
                        arguments: [
                            RedisArgument(count), RedisArgument(owner),
                            RedisArgument(self.configuration.lease.wholeMilliseconds),
                        ])
                ))
        }
        guard !calls.isEmpty else { return [] }
        var claims: [JobClaim] = []
        var failure: RedisError?
        for (queue, reply) in zip(calls.map(\.queue), try await self.redis.evaluate(calls.map(\.call))) {
            do throws(RedisError) {
                let ids = try self.faults.value(of: reply, queue.claims)?.array ?? []
                claims += ids.compactMap(\.string).map { JobClaim(queue: queue, id: $0, owner: owner) }
            } catch {
                failure = error
            }
        }
        // What was claimed is ours to do, whatever became of the rest.
        if claims.isEmpty, let failure { throw failure }
        return claims
    }

    /// Begins, does and settles one job.
    private func attempt(_ claim: JobClaim) async {
        let began = ContinuousClock.now
        let beginning: JobClaim.Beginning
        do throws(RedisError) {
            guard let reply = try await self.redis.evaluate([claim.begin(repeats: self.configuration.repeats)]).first
            else { return }
            beginning = try JobClaim.beginning(try reply.get())
        } catch {
            // Not begun: the claim runs out, and somebody takes it up again.
            self.logger.warning("a job cannot be begun", metadata: ["error": "\(error)", "job": "\(claim.id)"])
            return
        }
        switch beginning {
        case .ended: return
        case .lost: return self.observe(.lost(claim.queue))
        case .unknown: return self.observe(.unknown(claim.queue))
        case .go(let payload, let attempt, let repeats):
            self.observe(.began(claim.queue, possiblyAgain: repeats > 0))
            let job = Job(queue: claim.queue, id: claim.id, payload: payload, attempt: attempt, repeats: repeats)
            guard let result = await self.perform(job, claim: claim, since: began) else {
                return self.observe(.lost(claim.queue))
            }
            await self.settle(claim, result)
        }
    }

    /// The attempt beside the renewal of its claim.
    ///
    /// - Returns: nil when the claim was lost.
    private func perform(_ job: Job, claim: JobClaim, since began: ContinuousClock.Instant) async -> JobResult? {
        await withTaskGroup(of: JobResult?.self) { group in
            group.addTask { await self.handle(job) }
            group.addTask {
                await self.renew(claim, since: began)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = await group.next() else { return nil }
            if let first { return first }
            // The renewal ended first: by loss, or because all of us are cancelled; then the attempt says what it knows.
            guard Task.isCancelled else { return nil }
            return await group.next() ?? nil
        }
    }

    /// Renews until the claim is lost or the task is cancelled.
    private func renew(_ claim: JobClaim, since began: ContinuousClock.Instant) async {
        var validUntil = began.advanced(by: self.configuration.lease)
        while true {
            do { try await Task.sleep(for: self.configuration.lease / 3) } catch { return }
            let asked = ContinuousClock.now
            do throws(RedisError) {
                guard let reply = try await self.redis.evaluate([claim.renewal(lease: self.configuration.lease)]).first,
                    try reply.get().int == 1
                else { return }
                validUntil = asked.advanced(by: self.configuration.lease)
            } catch {
                // Redis is away: the claim stays ours until its time is over, and not a moment longer.
                if ContinuousClock.now >= validUntil { return }
            }
        }
    }

    /// Records the outcome; a Redis that is away is asked again while the claim can still be ours.
    private func settle(_ claim: JobClaim, _ result: JobResult) async {
        let end = ContinuousClock.now.advanced(by: self.configuration.lease)
        let call = claim.settlement(result)
        while true {
            do throws(RedisError) {
                guard let reply = try await self.redis.evaluate([call]).first else { return }
                guard try reply.get().int == 1 else { return self.observe(.lost(claim.queue)) }
                switch result.outcome {
                case .done: self.observe(.finished(claim.queue))
                case .retry: self.observe(.retried(claim.queue))
                case .discard(let reason): self.observe(.discarded(claim.queue, reason: reason))
                }
                return
            } catch {
                guard ContinuousClock.now < end else {
                    self.logger.error(
                        "an outcome cannot be recorded", metadata: ["error": "\(error)", "job": "\(claim.id)"])
                    return self.observe(.lost(claim.queue))
                }
                // Also when cancelled: the effect has happened, and forgetting that would repeat it.
                await Task { try? await Task.sleep(for: .milliseconds(100)) }.value
            }
        }
    }
}
