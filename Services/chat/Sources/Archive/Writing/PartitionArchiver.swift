import Logging
import Metrics
import NIOConcurrencyHelpers
import NIOCore
import Redis
import WorkQueue

/// Carries one partition's outbox into the archive, in order, and lets go of what every reader has passed.
///
/// Runs under the partition's lease: its token is checked by SQL in the transaction of the rows, and by the scripts
/// that trim.
actor PartitionArchiver {
    private static let batchSize = 500

    private let keys: ChatKeys
    private let lease: PartitionLease
    private let archive: any MessageArchive
    private let redis: RedisClient
    private let limits: ChatLimits
    private let logger: Logger
    private var trimmer: OutboxTrimmer
    private let archived = Counter(label: "squadchat_chat_events_archived_total")
    private let wakeUps = WakeUps()
    private let appended: @Sendable () -> Void

    /// - Parameter appended: Told after every part of the outbox that was committed.
    init(
        keys: ChatKeys, lease: PartitionLease, archive: any MessageArchive, redis: RedisClient, limits: ChatLimits,
        logger: Logger, appended: @escaping @Sendable () -> Void
    ) {
        self.keys = keys
        self.lease = lease
        self.archive = archive
        self.redis = redis
        self.limits = limits
        self.logger = logger
        self.trimmer = OutboxTrimmer(keys: keys, limits: limits)
        self.appended = appended
    }

    /// Says that there may be something new.
    nonisolated func wake() {
        self.wakeUps.wake()
    }

    /// Archives whenever there is something, until the lease ends.
    ///
    /// - Parameter gathering: How long a batch may gather, because every commit waits for the disk.
    func run(gathering: Duration = .milliseconds(100)) async {
        var refusedSince: ContinuousClock.Instant?
        let outage = OutageLog(
            "the archive waits", metadata: ["partition": "\(self.keys.partition)"], logger: self.logger)
        await self.wakeUps.run(under: self.lease) {
            // Cut short when the lease ends, and archived all the same: what was said is in the archive, as a rule, when a
            // suite that was stopped as a whole has ended.
            try? await Task.sleep(for: gathering)
            do {
                try await self.drain()
                refusedSince = nil
                outage.succeeded()
            } catch ArchiveError.notTheHolder {
                // Not opened yet by this holder, or not held any more: neither lasts.
                let since = refusedSince ?? .now
                refusedSince = since
                if .now - since > .seconds(5) {
                    self.logger.error(
                        "the archive belongs to another holder", metadata: ["partition": "\(self.keys.partition)"])
                    refusedSince = .now
                }
            } catch {
                outage.failed(error)
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    /// The opening of the partition by this holder, nil before it and when the lease is another's. Redis decides: a process
    /// that was frozen does not know.
    private func opening(_ connection: RedisConnection) async throws -> OpeningMark? {
        guard self.lease.isWanted else { return nil }
        let held = try await connection.send(
            RedisCommand("HMGET", RedisArgument(self.keys.state), "token", "opening"))
        let fields = (held.array ?? []).map(\.string)
        guard fields.count == 2, fields[0] == self.lease.token else { return nil }
        let opening = OpeningMark(fields[1])
        return opening.token == self.lease.token ? opening : nil
    }

    /// Archives everything that is in the outbox now.
    func drain() async throws {
        let connection = try await self.redis.connection(for: self.keys.events)
        let cursor = try await self.appendAll(connection)
        try await self.letGo(archivedThrough: cursor, connection)
    }

    /// Appends part after part until nothing is left.
    ///
    /// - Returns: How far the archive has come.
    private func appendAll(_ connection: RedisConnection) async throws -> StreamID {
        while true {
            let held = try await self.archive.partition(self.keys.partition)
            if held.opening.token != self.lease.token, held.runID == connection.runID,
                let opening = try await self.opening(connection)
            {
                // Before the first batch and not before the first command: a hand-over must not wait for the disk.
                _ = try await self.archive.claim(self.keys.partition, by: opening, from: held)
                continue  // also when another was quicker: then it holds the partition, or this one tries again
            }
            guard held.opening.token == self.lease.token, held.runID == connection.runID else {
                throw ArchiveError.notTheHolder
            }
            let entries = try await connection.xrange(
                self.keys.events, from: "(\(held.cursor)", count: Self.batchSize)
            guard let last = entries.last?.id else { return held.cursor }
            let events = OutboxEntry.list(entries)
            do {
                try await self.archive.append(
                    OutboxBatch(entries: events, after: held.cursor, last: last), to: self.keys.partition,
                    token: self.lease.token, runID: connection.runID)
            } catch ArchiveError.notTheHolder where self.lease.isWanted {
                continue  // the other call of this function has written the batch
            }
            self.archived.increment(by: events.count)
            self.appended()
            self.trimmer.note(events)
            if entries.count < Self.batchSize { return last }
        }
    }

    /// Lets go of what every reader has passed: in the rooms' logs, then in the outbox.
    private func letGo(archivedThrough cursor: StreamID, _ connection: RedisConnection) async throws {
        let fence = PartitionFence(
            partition: self.keys.partition, token: self.lease.token, runID: connection.runID)
        // What a call names, the next lets go of: messages with reactions go together with these.
        var calls = self.trimmer.roomCalls(fence)
        let damaged = DamagedKeys(keys: self.keys, fence: fence, connection: connection, logger: self.logger)
        while !calls.isEmpty {
            var next: [TrimRoomCall] = []
            for (call, answer) in zip(calls, try await connection.evaluate(calls.map(\.call))) {
                let words = ((try? answer.get())?.array ?? []).map { $0.string ?? "" }
                // Of a message that is let go of its reactions' key goes too, whatever it is; a room's own is its commands' matter.
                if words.first == "mistyped", words.count == 3, call.letsGo(of: words[1]) {
                    try await damaged.setAside(words[1], words[2])
                    next.append(call)
                } else if words.first == "mistyped" {
                    self.logger.error(
                        "a key has the wrong type: a room lets go of nothing",
                        metadata: ["key": "\(words[1])", "type": "\(words.last ?? "")"])
                } else if let following = call.following(words) {
                    next.append(following)
                }
            }
            calls = next
        }
        if self.trimmer.isOutboxDue() {
            let trimmer = self.trimmer
            if let call = try await trimmer.outboxCall(archivedThrough: cursor, fence, connection) {
                _ = try await connection.evaluate([call])
            }
        }
    }
}
