public import Logging
public import Redis
public import ServiceLifecycle

/// Brings due retries and abandoned claims back to their queues, and wakes the workers of queues that hold something.
///
/// Any number of them may run: moving is one script.
public struct RetryScheduler: Service {
    private let lanes: [(queue: JobQueue, signal: JobSignal)]
    private let redis: RedisClient
    private let interval: Duration
    private let observe: @Sendable (JobEvent) -> Void
    private let logger: Logger
    private let faults: KeyFaults
    private let broken: BrokenKeys

    /// - Parameters:
    ///   - lanes: Each queue with the signal of its workers.
    ///   - interval: How often to look: the most a retry is late, and the most a job of another process waits.
    ///   - observe: Hears of recovered claims.
    public init(
        lanes: [(queue: JobQueue, signal: JobSignal)], redis: RedisClient, interval: Duration = .milliseconds(200),
        logger: Logger, observe: @escaping @Sendable (JobEvent) -> Void = { _ in }
    ) {
        self.lanes = lanes
        self.redis = redis
        self.interval = interval
        self.observe = observe
        self.logger = logger
        self.faults = KeyFaults(logger: logger)
        self.broken = BrokenKeys(redis: redis, logger: logger)
    }

    public func run() async throws {
        let outage = OutageLog("due jobs cannot be moved", logger: self.logger)
        await cancelWhenGracefulShutdown {
            var round = 0
            while !Task.isCancelled {
                do throws(RedisError) {
                    // Replays are asked for by people: a second later is early enough.
                    if round % 8 == 0 {
                        try await self.takeReplays()
                        try await self.adoptFormer()
                    }
                    round += 1
                    try await self.moveDue()
                    outage.succeeded()
                } catch {
                    outage.failed(error)
                }
                try? await Task.sleep(for: self.interval)
            }
        }
    }

    /// Dead letters that somebody wants to see tried again.
    func takeReplays() async throws(RedisError) {
        let lengths = try await self.redis.pipeline(
            self.lanes.map { RedisCommand("XLEN", RedisArgument($0.queue.replay)) })
        for (lane, length) in zip(self.lanes, lengths) {
            let queue = lane.queue
            if await self.broken.mend(length, queue.keys) { continue }
            guard let waiting = try self.faults.value(of: length, queue.replay)?.int, waiting > 0 else { continue }
            do throws(RedisError) {
                let count = try await queue.takeReplays(redis: self.redis)
                self.logger.info("dead letters replayed", metadata: ["queue": "\(queue.name)", "jobs": "\(count)"])
            } catch {
                _ = try self.faults.value(of: .failure(error), "\(queue.prefix): replays")
            }
        }
    }

    /// Jobs that an earlier release left.
    func adoptFormer() async throws(RedisError) {
        var commands = [RedisCommand("TIME")]
        for lane in self.lanes { commands += lane.queue.former.counts }
        let replies = try await self.redis.pipeline(commands)
        guard let time = try replies.first?.get().array?.first?.string.flatMap({ Int($0) }) else {
            throw .unexpectedReply("TIME")
        }
        for (index, lane) in self.lanes.enumerated() {
            let queue = lane.queue
            do throws(RedisError) {
                var left = 0
                for reply in replies[(1 + index * 3)...].prefix(3) { left += try reply.get().int ?? 0 }
                guard left > 0 else { continue }
                let count = try await queue.former.adopt(redis: self.redis, now: time * 1_000)
                if count > 0 {
                    self.logger.notice(
                        "jobs of an earlier release go on", metadata: ["queue": "\(queue.name)", "jobs": "\(count)"])
                }
            } catch {
                _ = try self.faults.value(of: .failure(error), "\(queue.prefix): jobs of an earlier release")
            }
        }
    }

    /// One look at every queue. One that cannot be read waits; the others are served.
    func moveDue() async throws(RedisError) {
        let replies = try await self.redis.evaluate(self.lanes.map { MoveDue(queue: $0.queue).call })
        for (lane, reply) in zip(self.lanes, replies) {
            if await self.broken.mend(reply, lane.queue.keys) { continue }
            guard let moved = try self.faults.value(of: reply, lane.queue.due) else { continue }
            let counts = moved.array?.compactMap(\.int) ?? []
            guard counts.count == 3 else { throw .unexpectedReply("move_due") }
            if counts[1] > 0 { self.observe(.recovered(lane.queue, count: counts[1])) }
            if counts[2] > 0 { lane.signal.notify([lane.queue: counts[2]]) }
        }
    }
}
