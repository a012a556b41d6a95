import Redis
import ServiceRuntime
import WorkQueue

/// Makes the rooms of a partition known again that Redis lost, before it takes a command: a room it does not know would be
/// made again. Their messages come with ``RoomReopening``, at their first use.
struct RoomRestoring: Sendable {
    let keys: ChatKeys
    let archive: any MessageArchive

    /// - Returns: How many rooms were restored.
    func restore(_ fence: PartitionFence, _ connection: RedisConnection) async throws -> Int {
        try await self.restoreOutcomes(fence, connection)
        return try await self.restoreRooms(fence, connection)
    }

    private func restoreRooms(_ fence: PartitionFence, _ connection: RedisConnection) async throws -> Int {
        let rooms = try await self.archive.rooms(of: self.keys.partition)
        let known = try await connection.pipeline(
            rooms.map { RedisCommand("EXISTS", RedisArgument(self.keys.room($0.room).room)) })
        var restored = 0
        for (room, answer) in zip(rooms, known) where try answer.get().int == 0 {
            var calls = [
                RestoreRoomCall(
                    head: self.head(fence), room: room.room, name: room.name, squad: room.squad,
                    record: room.record, created: room.created
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
            for result in try await connection.evaluate(part)
            where try result.get().array?.first?.string != "done" {
                throw ArchiveError.notTheHolder
            }
        }
    }
}
