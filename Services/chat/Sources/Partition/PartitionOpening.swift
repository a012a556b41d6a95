import Logging
import Redis
import ServiceRuntime
import WireContract
import WorkQueue

/// Makes a partition ready for its first command under a lease, and after every life of the server.
struct PartitionOpening: Sendable {
    let keys: ChatKeys
    let archive: any MessageArchive
    let identity: ArchiveIdentity
    let logger: Logger

    /// - Returns: The cursor.
    /// - Throws: ``ArchiveError`` when this Redis belongs to another archive, or the partition to another process.
    func open(_ fence: PartitionFence, _ connection: RedisConnection) async throws -> StreamID {
        try await self.identity.check(connection)
        // Before Redis is asked: who is the holder after it was read may claim what it says.
        let record = try await self.archive.partition(self.keys.partition)
        let held = try await connection.send(
            RedisCommand("HMGET", RedisArgument(self.keys.state), "token", "run", "cursor", "epoch"))
        let fields = (held.array ?? []).map(\.string)
        guard fields.count == 4, fields[0] == fence.token else { throw ArchiveError.notTheHolder }
        guard fields[1] == fence.runID, let cursor = fields[2].flatMap({ StreamID($0) }), let epoch = fields[3] else {
            return try await self.beginAnew(record, fence, connection)
        }
        // As a rule the archiver claims its side of the partition by itself.
        if record.runID != fence.runID { try await self.adopt(record, epoch: epoch, fence) }
        return cursor
    }

    /// The archive knows nothing of this life of the server, which goes on: an older copy of it was put back. Nothing in
    /// Redis is lost; what the outbox still holds is archived again.
    private func adopt(_ record: PartitionRecord, epoch: String, _ fence: PartitionFence) async throws {
        self.logger.warning(
            "the archive is older than Redis: it goes on with what the outbox still holds",
            metadata: ["partition": "\(self.keys.partition)", "archived_through": "\(record.cursor)"])
        try await self.claim(record, fence, epoch: epoch)
    }

    private func claim(_ record: PartitionRecord, _ fence: PartitionFence, epoch: String) async throws {
        let claimed = try await self.archive.claim(
            self.keys.partition, token: fence.token, from: record, newLife: (fence.runID, epoch))
        guard claimed else { throw ArchiveError.notTheHolder }
    }

    /// Another life of the server, or an emptied one: what it lost is brought back from SQL, and a new epoch begins.
    private func beginAnew(
        _ before: PartitionRecord, _ fence: PartitionFence, _ connection: RedisConnection
    ) async throws -> StreamID {
        // The same life once more means that the server was emptied without a restart: its name was used already.
        let epoch =
            before.runID == fence.runID
            ? String(PartitionLease.randomToken().prefix(12)) : String(fence.runID.prefix(12))
        try await self.claim(before, fence, epoch: epoch)
        try await self.restoreOutcomes(fence, connection)
        let restored = try await self.restoreRooms(fence, connection)
        let answer = try await connection.evaluate(
            OpenPartitionCall(head: self.head(fence), group: RedisNames.notifierGroup, epoch: epoch))
        guard answer.array?.first?.string == "done", let cursor = answer.array?.last?.string.flatMap({ StreamID($0) })
        else { throw ArchiveError.notTheHolder }
        self.logger.info(
            "a partition begins a new epoch",
            metadata: [
                "partition": "\(self.keys.partition)", "epoch": "\(epoch)", "rooms_restored": "\(restored)",
            ])
        return cursor
    }

    /// Rooms and members that Redis does not know: at once, because a room it does not know would be made again.
    private func restoreRooms(_ fence: PartitionFence, _ connection: RedisConnection) async throws -> Int {
        let rooms = try await self.archive.rooms(of: self.keys.partition)
        let known = try await connection.pipeline(
            rooms.map { RedisCommand("EXISTS", RedisArgument(self.keys.room($0.room).room)) })
        var restored = 0
        for (room, answer) in zip(rooms, known) where try answer.get().int == 0 {
            var calls = [
                RestoreRoomCall(
                    head: self.head(fence), room: room.room, name: room.name, squad: room.squad, created: room.created
                ).call
            ]
            calls += room.members.map { member in
                RestoreMemberCall(head: self.head(fence), room: room.room, user: member.user, member: member.json).call
            }
            try await HolderCalls.run(calls, on: connection)
            restored += 1
        }
        return restored
    }

    /// Outcomes that wait for their signals: the engine was told that they arrived.
    private func restoreOutcomes(_ fence: PartitionFence, _ connection: RedisConnection) async throws {
        let now = Int(WallClock.milliseconds())
        let lifetime = ChatLimits.parkedOutcomeSeconds
        let outcomes = try await self.archive.parkedOutcomes(of: self.keys.partition, since: now - lifetime * 1_000)
        try await HolderCalls.run(
            outcomes.map { outcome in
                RestoreMarkCall(
                    head: self.head(fence), key: self.keys.signal(room: outcome.room, signal: outcome.signal),
                    value: Array("o ".utf8) + outcome.json,
                    seconds: max(1, lifetime - (now - outcome.producedAt) / 1_000)
                ).call
            }, on: connection)
    }

    private func head(_ fence: PartitionFence) -> HolderHead { HolderHead(keys: self.keys, fence: fence) }
}

/// Scripts of the holder outside any command, many in one pipeline.
enum HolderCalls {
    /// - Throws: ``ArchiveError/notTheHolder`` when one of them refuses, or the error of the first that fails.
    static func run(_ calls: [RedisScript.Call], on connection: RedisConnection) async throws {
        for part in calls.chunks(of: 500) {
            let results = try await connection.evaluate(part)
            for result in results where try result.get().array?.first?.string != "done" {
                throw ArchiveError.notTheHolder
            }
        }
    }
}
