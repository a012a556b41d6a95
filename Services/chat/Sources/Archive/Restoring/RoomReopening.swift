import Logging
import Redis
import ServiceRuntime
import WorkQueue

/// Opens a room in a new epoch: what Redis lost of it comes back from SQL, and `seq` goes on above everything known.
struct RoomReopening: Sendable {
    let keys: ChatKeys
    let archive: any MessageArchive
    let limits: ChatLimits
    /// Brings the archive up to the outbox.
    let drain: @Sendable () async throws -> Void
    let logger: Logger

    func reopen(_ room: String, _ fence: PartitionFence, _ connection: RedisConnection) async throws {
        let damaged = DamagedKeys(keys: self.keys, fence: fence, connection: connection, logger: self.logger)
        // What was set aside comes back with the room, from the archive.
        try await damaged.persist { isAgain in try await self.reopen(room, anew: isAgain, damaged) }
    }

    private func reopen(_ room: String, anew: Bool, _ damaged: DamagedKeys) async throws {
        // First, so that the archive holds all that Redis does, and comparing the two numbers says what was lost.
        try await self.drain()
        let names = self.keys.room(room)
        let held = try await damaged.connection.send(
            RedisCommand("HMGET", RedisArgument(names.room), "seq", "epochs"))
        let fields = (held.array ?? []).map { $0.string ?? "" }
        let inRedis = fields.first.flatMap { Int($0) } ?? 0
        let now = Int(WallClock.milliseconds())
        let record = try await self.record(of: room, inRedis, epochs: fields.last ?? "", anew: anew, now: now)
        var onlyArchived: Int?
        if record.startsAnew || record.highestSequence > inRedis {
            try await self.restore(record, room, names, now: now, damaged)
            if record.startsAnew {
                onlyArchived = record.hasOlderMessages ? (record.messages.first?.sequence ?? 1) - 1 : 0
            }
        }
        try await damaged.run([
            ReopenRoomCall(
                head: self.head(damaged.fence), room: names, archived: record.highestSequence,
                onlyArchived: onlyArchived, archivedEpochs: record.epochs
            ).call
        ])
        self.logger.info(
            "reopened a room",
            metadata: [
                "room": "\(room)", "seq_in_redis": "\(inRedis)", "seq_in_archive": "\(record.highestSequence)",
            ])
    }

    /// What the archive holds beyond Redis. A history that went on elsewhere, while this Redis was away, began before the end
    /// of what Redis holds: then that end is of no use, and the room begins anew.
    private func record(
        of room: String, _ inRedis: Int, epochs: String, anew: Bool, now: Int
    ) async throws -> ArchivedHistory {
        let marked = now - self.limits.signalDedupeSeconds * 1_000
        let count = self.limits.keptMessages
        let record = try await self.archive.record(
            of: room, beyond: anew ? 0 : inRedis, count: count, markedSince: marked)
        let known = Self.starts(epochs)
        let first = known.values.min() ?? 0  // Redis forgets the oldest
        let wentApart = Self.starts(record.epochs).contains { epoch, start in
            known[epoch] == nil && (first...max(first, inRedis)).contains(start)
        }
        guard wentApart, !record.startsAnew else { return record }
        return try await self.archive.record(of: room, beyond: 0, count: count, markedSince: marked)
    }

    /// Where each epoch of a list `epoch:start epoch:start` began.
    private static func starts(_ epochs: String) -> [Substring: Int] {
        var starts: [Substring: Int] = [:]
        for epoch in epochs.split(separator: " ") {
            let parts = epoch.split(separator: ":")
            if parts.count == 2, let start = Int(parts[1]) { starts[parts[0]] = start }
        }
        return starts
    }

    private func restore(
        _ record: ArchivedHistory, _ room: String, _ names: RoomKeys, now: Int, _ damaged: DamagedKeys
    ) async throws {
        let fence = damaged.fence
        var calls: [RedisScript.Call] = []
        for (number, events) in record.events.chunks(of: 200).enumerated() {
            calls.append(
                RestoreLogCall(
                    head: self.head(fence), room: names, anew: record.startsAnew && number == 0, events: events
                ).call)
        }
        for (number, messages) in (record.toldMessages + record.messages).chunks(of: 200).enumerated() {
            let anew = record.startsAnew && number == 0
            // Their keys are named by the hash that the call forgets, so they go in the same step.
            var forgotten: [String] = []
            if anew {
                let reacted = try await damaged.read(
                    RedisCommand("HKEYS", RedisArgument(names.reacted)), of: names.reacted)
                forgotten = (reacted.array ?? []).compactMap(\.string)
            }
            calls.append(
                RestoreMessagesCall(
                    head: self.head(fence), room: names, anew: anew, messages: messages,
                    forgotten: forgotten
                ).call)
        }
        calls += self.marks(record.marks, room, now: now, fence)
        calls += try await self.members(record.members, room, names, damaged)
        try await damaged.run(calls)
    }

    private func marks(
        _ marks: [ArchivedMark], _ room: String, now: Int, _ fence: PartitionFence
    ) -> [RedisScript.Call] {
        marks.compactMap { mark in
            let lifetime = mark.author == "SYSTEM" ? self.limits.signalDedupeSeconds : self.limits.dedupeSeconds
            let left = lifetime - (now - mark.producedAt) / 1_000
            guard left > 0 else { return nil }
            return RestoreMarkCall(
                head: self.head(fence), key: self.keys.seen(room: room, author: mark.author, id: mark.id),
                value: Array(mark.digest.utf8) + [UInt8(ascii: "\n")] + mark.answer, seconds: left
            ).call
        }
    }

    private func members(
        _ members: [ArchivedMember], _ room: String, _ names: RoomKeys, _ damaged: DamagedKeys
    ) async throws -> [RedisScript.Call] {
        let held = try await damaged.read(
            RedisCommand("HKEYS", RedisArgument(names.members)), of: names.members)
        let gone = Set((held.array ?? []).compactMap(\.string)).subtracting(members.map(\.user))
        return (members.map { ($0.user, $0.json) } + gone.sorted().map { ($0, []) }).map { user, json in
            RestoreMemberCall(head: self.head(damaged.fence), room: room, user: user, member: json).call
        }
    }

    private func head(_ fence: PartitionFence) -> HolderHead { HolderHead(keys: self.keys, fence: fence) }
}
