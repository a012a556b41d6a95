import Redis
import WireContract
import WorkQueue

/// Lets go of what is archived: outbox entries that every reader has passed, and what rooms hold beyond the newest.
struct OutboxTrimmer {
    private let keys: ChatKeys
    private let limits: ChatLimits
    /// Events archived since a room was last trimmed, and the highest seq among them.
    private var due: [String: (events: Int, through: Int)] = [:]
    private var lastTrim: ContinuousClock.Instant?

    init(keys: ChatKeys, limits: ChatLimits) {
        self.keys = keys
        self.limits = limits
    }

    mutating func note(_ entries: [OutboxEntry]) {
        for entry in entries where entry.awaitedSignal == nil {
            let before = self.due[entry.event.room]?.events ?? 0
            self.due[entry.event.room] = (before + 1, entry.event.sequence)
        }
    }

    /// The calls that trim the rooms of which enough was archived.
    mutating func roomCalls(_ fence: PartitionFence) -> [TrimRoomCall] {
        let ripe = self.due.filter { $0.value.events >= max(1, self.limits.keptMessages / 10) }
        for room in ripe.keys { self.due[room] = nil }
        return ripe.map { room, state in
            TrimRoomCall(
                head: HolderHead(keys: self.keys, fence: fence), room: self.keys.room(room),
                kept: self.limits.keptMessages, archived: state.through)
        }
    }

    /// Whether the outbox is to be looked at again.
    mutating func isOutboxDue(at now: ContinuousClock.Instant = .now) -> Bool {
        if let lastTrim = self.lastTrim, now - lastTrim < .seconds(1) { return false }
        self.lastTrim = now
        return true
    }

    /// The call that trims the outbox, nil when a reader is missing.
    func outboxCall(
        archivedThrough cursor: StreamID, _ fence: PartitionFence, _ connection: RedisConnection
    ) async throws -> RedisScript.Call? {
        guard let passed = try await self.passedByNotifier(connection) else { return nil }
        return TrimOutboxCall(
            head: HolderHead(keys: self.keys, fence: fence), firstKept: min(cursor.next, passed)
        ).call
    }

    /// The first entry that the notifier still needs; nil when its group is not there, and nothing may be trimmed.
    private func passedByNotifier(_ connection: RedisConnection) async throws -> StreamID? {
        guard
            let groups = try? await connection.send(
                RedisCommand("XINFO", "GROUPS", RedisArgument(self.keys.events))
            ).array
        else { return nil }
        for group in groups.map({ $0.map() }) where group["name"]?.string == RedisNames.notifierGroup {
            guard let delivered = group["last-delivered-id"]?.string.flatMap({ StreamID($0) }) else { return nil }
            if group["pending"]?.int == 0 { return delivered.next }
            let pending = try await connection.xpending(self.keys.events, group: RedisNames.notifierGroup)
            return pending.first ?? delivered.next
        }
        return nil
    }
}

extension StreamID {
    /// The lowest id after this one.
    var next: StreamID { StreamID(milliseconds: self.milliseconds, sequence: self.sequence + 1) }
}
