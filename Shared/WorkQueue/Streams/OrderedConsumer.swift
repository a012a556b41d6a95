public import Logging
internal import NIOConcurrencyHelpers
public import Redis
public import ServiceLifecycle

/// Hands the entries of one stream to `handle`, in order: one at a time, or some that came together.
///
/// An entry is acknowledged last, after its effect and after its dead letter: a crash at any moment repeats it, so
/// `handle` must be harmless to repeat. With a ``ConsumerLease`` the order holds over all processes of the group.
public struct OrderedConsumer: Service {
    /// What the outside learns of the work; for metrics.
    public enum Event: Sendable {
        case done
        case retried(reason: String)
        case discarded(reason: String)
        /// The entry was trimmed from the stream before it was done.
        case lost
    }

    let redis: RedisClient
    let reader: StreamReader
    let lease: ConsumerLease?
    let deadLetters: DeadLetters
    let replayTo: String?
    let logger: Logger
    private let outage: OutageLog
    let now: @Sendable () -> Int
    private let onGroupMade: @Sendable () -> Void
    let observe: @Sendable (Event) -> Void
    let together: Int
    let handle: @Sendable ([StreamEntry]) async -> [JobOutcome]
    let repetition = NIOLockedValueBox(Repetition())

    /// - Parameters:
    ///   - lease: Held while consuming; nil when only one process runs, or order between processes does not matter.
    ///   - replayTo: The stream that takes a dead letter again, when that must not be the stream itself.
    ///   - now: Milliseconds since 1970, for dead letters.
    ///   - onGroupMade: Called whenever the group is certainly there, at each connection.
    ///   - observe: Told of each entry; must return at once.
    ///   - handle: The effect of one entry.
    public init(
        redis: RedisClient, reader: StreamReader, lease: ConsumerLease? = nil, deadLetters: DeadLetters,
        replayTo: String? = nil, logger: Logger, now: @escaping @Sendable () -> Int,
        onGroupMade: @escaping @Sendable () -> Void = {}, observe: @escaping @Sendable (Event) -> Void = { _ in },
        handle: @escaping @Sendable (StreamEntry) async -> JobOutcome
    ) {
        self.init(
            redis: redis, reader: reader, lease: lease, deadLetters: deadLetters, replayTo: replayTo, logger: logger,
            now: now, onGroupMade: onGroupMade, observe: observe, together: 1,
            handleTogether: { entries in
                var outcomes: [JobOutcome] = []
                for entry in entries { outcomes.append(await handle(entry)) }
                return outcomes
            })
    }

    /// - Parameters:
    ///   - together: Entries handed over at one time, at most.
    ///   - handleTogether: The effects of some entries: one outcome for each, in order. What follows the first retry is
    ///     handed over again with it.
    public init(
        redis: RedisClient, reader: StreamReader, lease: ConsumerLease? = nil, deadLetters: DeadLetters,
        replayTo: String? = nil, logger: Logger, now: @escaping @Sendable () -> Int,
        onGroupMade: @escaping @Sendable () -> Void = {}, observe: @escaping @Sendable (Event) -> Void = { _ in },
        together: Int, handleTogether: @escaping @Sendable ([StreamEntry]) async -> [JobOutcome]
    ) {
        precondition(lease != nil || !reader.readsByPosition, "two that read by position would do everything twice")
        self.redis = redis
        self.reader = reader
        self.lease = lease
        self.deadLetters = deadLetters
        self.replayTo = replayTo
        self.logger = logger
        self.outage = OutageLog(
            "stream interrupted, reading on soon", metadata: ["stream": "\(reader.stream)"], logger: logger)
        self.now = now
        self.onGroupMade = onGroupMade
        self.observe = observe
        self.together = max(1, together)
        self.handle = handleTogether
    }

    /// A graceful shutdown reads no more, but finishes what was read, for ``drain`` at most: left unacknowledged it would
    /// wait until others take it for abandoned.
    public func run() async throws {
        await withTaskGroup { group in
            if let lease = self.lease { group.addTask { await self.keep(lease) } }
            group.addTask { await self.consume() }
            group.addTask {
                guard (try? await gracefulShutdown()) != nil else { return }
                try? await Task.sleep(for: Self.drain)
            }
            // The work has ended, or its time is over.
            await group.next()
            group.cancelAll()
        }
        await self.lease?.release()
    }

    /// How long a graceful shutdown waits for what was read, the read itself included.
    private static let drain = Duration.seconds(3)

    private func keep(_ lease: ConsumerLease) async {
        let outage = OutageLog(
            "the right to read a stream cannot be taken", metadata: ["stream": "\(self.reader.stream)"],
            logger: self.logger)
        while !Task.isCancelled {
            do {
                _ = try await lease.hold()
                outage.succeeded()
            } catch {
                // Failing is losing: `isHeld` turns false by the clock.
                outage.failed(error)
            }
            try? await Task.sleep(for: lease.lifetime / 3)
        }
    }

    var mayWork: Bool { !Task.isCancelled && self.lease?.isHeld != false }
    var mayRead: Bool { self.mayWork && !Task.isShuttingDownGracefully }

    /// Shorter when the process ends.
    func pause(_ duration: Duration) async {
        await cancelWhenGracefulShutdown { try? await Task.sleep(for: duration) }
    }

    private func consume() async {
        var groupWasThere = false
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            guard self.mayRead else {
                await self.pause(.milliseconds(100))
                continue
            }
            do {
                let connection = try await self.redis.dedicated(for: self.reader.stream)
                do {
                    try await self.reader.makeGroup(on: connection, again: groupWasThere)
                    groupWasThere = true
                    self.onGroupMade()
                    try await self.consume(on: connection)
                } catch {
                    await connection.close()
                    throw error
                }
                await connection.close()
            } catch {
                self.outage.failed(error)
                await self.pause(.milliseconds(200))
            }
        }
    }

    /// Until the lease or the connection is lost, or the process ends.
    private func consume(on connection: RedisConnection) async throws(RedisError) {
        // With the lease nobody else works on this stream: what is unacknowledged there is abandoned.
        let idle = self.lease == nil ? self.reader.abandonedAfter : .zero
        guard try await self.takeOver(idle: idle, on: connection) else { return }
        var position = self.reader.readsByPosition ? try await self.reader.position(on: connection) : nil
        var lookedForAbandoned = ContinuousClock.now
        while self.mayRead {
            let entries: [StreamEntry]
            if let start = position {
                entries = try await self.reader.next(after: start, on: connection)
                self.outage.succeeded()
                guard let end = try await self.work(through: entries, after: start, on: connection) else { return }
                position = end
            } else {
                entries = try await self.reader.next(on: connection)
                self.outage.succeeded()
                guard try await self.work(through: entries, on: connection) else { return }
            }
            if !entries.isEmpty, entries.count < self.reader.batch, self.reader.gathering > .zero {
                await self.pause(self.reader.gathering)
            }
            if ContinuousClock.now - lookedForAbandoned >= self.reader.abandonedAfter {
                lookedForAbandoned = .now
                guard try await self.takeOver(idle: self.reader.abandonedAfter, on: connection) else { return }
            }
        }
    }

    /// Makes what others left our own and works through all that is unacknowledged, oldest first.
    ///
    /// - Returns: Whether all is done; otherwise newer entries must wait.
    private func takeOver(idle: Duration, on connection: RedisConnection) async throws(RedisError) -> Bool {
        let (taken, trimmed) = try await self.reader.takeOver(idle: idle, on: connection)
        try await self.reader.forgetConsumers(on: connection)
        for id in trimmed { try await self.mourn(StreamEntry(id: id, fields: [])) }
        if taken > 0 {
            self.logger.info(
                "took over unacknowledged entries",
                metadata: ["stream": "\(self.reader.stream)", "entries": "\(taken)"])
        }
        var position = StreamID.zero
        while self.mayRead {
            let entries = try await self.reader.unacknowledged(after: position, on: connection)
            guard let last = entries.last else { return true }
            position = last.id
            guard try await self.work(through: entries, on: connection) else { return false }
        }
        return false
    }
}
