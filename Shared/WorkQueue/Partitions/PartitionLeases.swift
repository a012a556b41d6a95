public import Logging
internal import NIOConcurrencyHelpers
internal import NIOCore
public import Redis
public import ServiceLifecycle

/// Shares the partitions among the live processes: each has one holder at a time.
///
/// A process keeps at most ⌈partitions / live processes⌉ and gives surplus back between batches. At shutdown it finishes
/// the batches, then gives everything back at once, so that the others need not wait for the leases to run out.
public final class PartitionLeases: Service {
    /// How leases are kept. All by Redis' clock where it matters, so that processes' clocks may differ.
    public struct Timing: Sendable {
        /// How long a lease lasts without renewal.
        public var lifetime: Duration = .seconds(2)
        /// How often held leases are renewed.
        public var renewal: Duration = .milliseconds(600)
        /// How often others' leases are tried.
        public var attempt: Duration = .milliseconds(250)
        /// After how long a silent process does not count any more. Less than ``lifetime``, so that the share of the
        /// others has grown by the time its leases run out; counting a live one out for a while harms nobody.
        public var processTimeout: Duration = .seconds(1)

        public init() {}
    }

    /// What is done with a lease: returns soon after ``PartitionLease/isWanted`` became false.
    public typealias Holder = @Sendable (PartitionLease) async -> Void

    private let process: String
    private let names: PartitionNames
    private let redis: RedisClient
    private let timing: Timing
    private let logger: Logger
    private let hold: Holder
    private let leases = NIOLockedValueBox<[Int: PartitionLease]>([:])
    private let keeping = NIOLockedValueBox(Keeping())

    /// How the last looks after the leases went.
    private struct Keeping {
        var lastSuccess: ContinuousClock.Instant?
        var failure: String?
    }

    /// - Parameters:
    ///   - process: This process's name among the live ones; random per start.
    ///   - hold: Works on one partition until its lease ends.
    public init(
        process: String, names: PartitionNames, redis: RedisClient, timing: Timing = Timing(), logger: Logger,
        hold: @escaping Holder
    ) {
        self.process = process
        self.names = names
        self.redis = redis
        self.timing = timing
        self.logger = logger
        self.hold = hold
    }

    /// The partitions held now, in order.
    public var held: [Int] { self.leases.withLockedValue { $0.keys.sorted() } }

    /// Of them, those that Redis knows of too: none when they could not be renewed for as long as they last.
    public var kept: [Int] {
        let lastSuccess = self.keeping.withLockedValue { $0.lastSuccess }
        return lastSuccess.map { .now - $0 < self.timing.lifetime } == true ? self.held : []
    }

    /// Why leases cannot be kept now: a server that takes no writes, a damaged list of the live processes. Nil when they
    /// are.
    public var trouble: String? { self.keeping.withLockedValue { $0.failure } }

    public func run() async throws {
        let outage = OutageLog("leases cannot be kept", logger: self.logger)
        await withDiscardingTaskGroup { group in
            var keeper = LeaseKeeper(
                process: self.process, names: self.names, redis: self.redis, timing: self.timing,
                logger: self.logger)
            while true {
                let isEnding = Task.isShuttingDownGracefully || Task.isCancelled
                let held = self.leases.withLockedValue { $0 }
                if isEnding {
                    for lease in held.values { lease.end() }
                    if held.isEmpty { break }
                }
                do throws(RedisError) {
                    for lease in try await keeper.tick(held, isEnding: isEnding) {
                        self.leases.withLockedValue { $0[lease.partition] = lease }
                        self.logger.info("took a partition", metadata: ["partition": "\(lease.partition)"])
                        group.addTask { await self.work(on: lease) }
                    }
                    self.keeping.withLockedValue { $0 = Keeping(lastSuccess: .now) }
                    outage.succeeded()
                } catch {
                    self.keeping.withLockedValue { $0.failure = error.serverError?.description ?? "\(error)" }
                    outage.failed(error)
                }
                let pause = isEnding ? .milliseconds(20) : min(self.timing.attempt, keeper.untilNextExpiry)
                // On the event loop, because this wait must also pass in a task that was cancelled.
                try? await self.redis.eventLoop.scheduleTask(in: TimeAmount(pause)) {}.futureResult.get()
            }
            await keeper.leave()
        }
    }

    private func work(on lease: PartitionLease) async {
        await self.hold(lease)
        lease.end()
        do {
            let release = ReleaseLease(state: self.names.state(lease.partition), token: lease.token)
            for result in try await self.redis.evaluate([release.call]) { _ = try result.get() }
        } catch {
            // It runs out by itself.
            self.logger.info("a lease was not given back", metadata: ["partition": "\(lease.partition)"])
        }
        self.leases.withLockedValue { leases in
            if leases[lease.partition] === lease { leases[lease.partition] = nil }
        }
        self.logger.info("let go of a partition", metadata: ["partition": "\(lease.partition)"])
    }
}
