import Logging
import Redis
import ServiceRuntime
import WorkQueue

/// Makes the rooms of a partition known again that Redis lost, before it takes a command: a room it does not know would be
/// made again. Their messages come with ``RoomReopening``, at their first use.
struct RoomRestoring: Sendable {
    let keys: ChatKeys
    let archive: any MessageArchive
    let logger: Logger

    /// - Returns: How many rooms were restored.
    func restore(_ fence: PartitionFence, _ connection: RedisConnection) async throws -> Int {
        try await self.restoreOutcomes(fence, connection)
        return try await self.restoreRooms(fence, connection)
    }

    private func restoreRooms(_ fence: PartitionFence, _ connection: RedisConnection) async throws -> Int {
        let damaged = self.damaged(fence, connection)
        do {
            _ = try await damaged.read(RedisCommand("SCARD", RedisArgument(self.keys.rooms)), of: self.keys.rooms)
        } catch is DamagedKeys.SetAside {
            try await self.restoreList(fence, connection)
        }
        let rooms = try await self.archive.rooms(of: self.keys.partition)
        let known = try await connection.pipeline(
            rooms.map { RedisCommand("EXISTS", RedisArgument(self.keys.room($0.room).room)) })
        var restored = 0
        for (room, answer) in zip(rooms, known) where try answer.get().int == 0 {
            var calls = [self.call(for: room, fence)]
            calls += room.members.map { member in
                RestoreMemberCall(head: self.head(fence), room: room.room, user: member.user, member: member.json).call
            }
            try await damaged.persist { _ in try await damaged.run(calls) }
            restored += 1
        }
        return restored
    }

    /// Writes the list of the partition's rooms anew; a list of a wrong type is set aside.
    func restoreList(_ fence: PartitionFence, _ connection: RedisConnection) async throws {
        let damaged = self.damaged(fence, connection)
        let calls = try await self.archive.rooms(of: self.keys.partition).map { self.call(for: $0, fence) }
        try await damaged.persist { _ in
            _ = try await damaged.read(RedisCommand("SCARD", RedisArgument(self.keys.rooms)), of: self.keys.rooms)
            try await damaged.run(calls)
        }
    }

    private func call(for room: ArchivedRoom, _ fence: PartitionFence) -> RedisScript.Call {
        RestoreRoomCall(
            head: self.head(fence), room: room.room, name: room.name, squad: room.squad, record: room.record,
            created: room.created
        ).call
    }

    /// Outcomes that wait for their signals: the engine was told that they arrived.
    private func restoreOutcomes(_ fence: PartitionFence, _ connection: RedisConnection) async throws {
        let now = Int(WallClock.milliseconds())
        let lifetime = ChatLimits.parkedOutcomeSeconds
        let outcomes = try await self.archive.parkedOutcomes(of: self.keys.partition, since: now - lifetime * 1_000)
        let calls = outcomes.map { outcome in
            RestoreMarkCall(
                head: self.head(fence), key: self.keys.signal(room: outcome.room, signal: outcome.signal),
                value: Array("o ".utf8) + outcome.json,
                seconds: max(1, lifetime - (now - outcome.producedAt) / 1_000)
            ).call
        }
        let damaged = self.damaged(fence, connection)
        try await damaged.persist { _ in try await damaged.run(calls) }
    }

    private func damaged(_ fence: PartitionFence, _ connection: RedisConnection) -> DamagedKeys {
        DamagedKeys(keys: self.keys, fence: fence, connection: connection, logger: self.logger)
    }

    private func head(_ fence: PartitionFence) -> HolderHead { HolderHead(keys: self.keys, fence: fence) }
}
