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

    private let redis: RedisClient
    private let reader: StreamReader
    private let lease: ConsumerLease?
    private let deadLetters: DeadLetters
    private let replayTo: String?
    private let logger: Logger
    private let now: @Sendable () -> Int
    private let onGroupMade: @Sendable () -> Void
    private let observe: @Sendable (Event) -> Void
    private let together: Int
    private let handle: @Sendable ([StreamEntry]) async -> [JobOutcome]
    private let repetition = NIOLockedValueBox(Repetition())

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
        while !Task.isCancelled {
            // Failing is losing: `isHeld` turns false by the clock.
            _ = try? await lease.hold()
            try? await Task.sleep(for: lease.lifetime / 3)
        }
    }

    private var mayWork: Bool { !Task.isCancelled && self.lease?.isHeld != false }
    private var mayRead: Bool { self.mayWork && !Task.isShuttingDownGracefully }

    /// Shorter when the process ends.
    private func pause(_ duration: Duration) async {
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
                self.logger.warning(
                    "stream interrupted, reading on soon",
                    metadata: ["stream": "\(self.reader.stream)", "error": "\(error)"])
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
                guard let end = try await self.work(through: entries, after: start, on: connection) else { return }
                position = end
            } else {
                entries = try await self.reader.next(on: connection)
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

    /// Of entries that were read by position.
    ///
    /// - Returns: The position after them, nil when not all of them are done.
    private func work(
        through entries: [StreamEntry], after start: StreamPosition, on connection: RedisConnection
    ) async throws(RedisError) -> StreamPosition? {
        var position = start
        let isDone = try await self.work(through: entries) { done throws(RedisError) in
            position.advance(over: done)
            // Whoever holds the lease now does them again, which changes nothing.
            guard self.lease?.isHeld != false else { return }
            try await self.reader.note(position, on: connection)
        }
        return isDone ? position : nil
    }

    /// Of entries that were handed out.
    ///
    /// - Returns: Whether all of them are done.
    private func work(
        through entries: [StreamEntry], on connection: RedisConnection
    ) async throws(RedisError) -> Bool {
        try await self.work(through: entries) { done throws(RedisError) in
            try await self.reader.acknowledge(done, on: connection)
        }
    }

    /// - Parameter note: Called with what is done, as soon as it is.
    private func work(
        through entries: [StreamEntry], note: ([StreamID]) async throws(RedisError) -> Void
    ) async throws(RedisError) -> Bool {
        var left = entries[...]
        while let first = left.first {
            // What is left stays unacknowledged, for whoever holds the lease next.
            guard self.mayWork else { return false }
            var done: [StreamID] = []
            var wait: Duration?
            if first.fields.isEmpty {
                try await self.mourn(first)
                done = [first.id]
            } else {
                (done, wait) = try await self.finish(left.prefix(self.together).prefix { !$0.fields.isEmpty })
            }
            if !done.isEmpty { try await note(done) }
            left = left.dropFirst(done.count)
            // Wait in place: taking the next entry first would reorder the stream.
            if let wait {
                await self.pause(wait)
                guard self.mayRead else { return false }
            }
        }
        return true
    }

    /// - Returns: Which entries are to be acknowledged, and how long to wait before the one after them.
    private func finish(
        _ entries: ArraySlice<StreamEntry>
    ) async throws(RedisError) -> (done: [StreamID], wait: Duration?) {
        var done: [StreamID] = []
        for (entry, outcome) in zip(entries, await self.handle(Array(entries))) {
            switch outcome {
            case .done:
                self.observe(.done)
            case .retry(let delay, let reason):
                self.observe(.retried(reason: reason))
                self.tell(of: entry, reason: reason)
                return (done, delay)
            case .discard(let reason):
                // Malformed now is malformed for ever; left in place it would block the stream.
                self.logger.warning(
                    "entry refused",
                    metadata: [
                        "stream": "\(self.reader.stream)", "entry": "\(entry.id)", "reason": "\(reason)",
                    ])
                try await self.bury(entry, reason: reason)
                self.observe(.discarded(reason: reason))
            }
            if let count = self.repetition.withLockedValue({ $0.over(entry.id) }) {
                self.logger.info(
                    "the stream goes on",
                    metadata: ["stream": "\(self.reader.stream)", "entry": "\(entry.id)", "tries": "\(count)"])
            }
            done.append(entry.id)
        }
        return (done, nil)
    }

    /// Everything behind the entry waits for it, which nobody would see from outside.
    private func tell(of entry: StreamEntry, reason: String) {
        let count = self.repetition.withLockedValue { $0.again(entry.id, at: .now) ? $0.count : nil }
        guard let count else { return }
        self.logger.warning(
            "an entry cannot be done yet, those behind it wait",
            metadata: [
                "stream": "\(self.reader.stream)", "entry": "\(entry.id)", "tries": "\(count)", "reason": "\(reason)",
            ])
    }

    /// Somebody trimmed the stream: nothing of the entry is left but that it was.
    private func mourn(_ entry: StreamEntry) async throws(RedisError) {
        self.logger.error("entry lost", metadata: ["stream": "\(self.reader.stream)", "entry": "\(entry.id)"])
        try await self.bury(entry, reason: "trimmed from the stream before it was done")
        self.observe(.lost)
    }

    private func bury(_ entry: StreamEntry, reason: String) async throws(RedisError) {
        func append() async throws(RedisError) {
            try await self.deadLetters.append(
                entry, from: self.reader.stream, reason: reason, replayTo: self.replayTo, at: self.now())
        }
        do throws(RedisError) { try await append() } catch {
            let broken = BrokenKeys(redis: self.redis, logger: self.logger)
            guard await broken.mend(error, [(self.deadLetters.stream, "stream")]) else { throw error }
            try await append()
        }
    }
}
