import Logging
import Redis
import WireContract
import WorkQueue

/// Makes a partition ready for its first command under a lease, and after every life of the server.
struct PartitionOpening: Sendable {
    let keys: ChatKeys
    let archive: MessageArchive
    let identity: ArchiveIdentity
    let logger: Logger

    /// - Returns: The cursor.
    /// - Throws: ``ArchiveError`` when this Redis belongs to another archive.
    func open(_ fence: PartitionFence, _ connection: RedisConnection) async throws -> StreamID {
        try await self.identity.check(connection)
        let held = try await connection.send(
            RedisCommand("HMGET", RedisArgument(self.keys.state), "run", "cursor"))
        let fields = (held.array ?? []).map(\.string)
        if fields.count == 2, fields[0] == fence.runID, let cursor = fields[1].flatMap({ StreamID($0) }) {
            return cursor  // the archiver claims its side of the partition by itself
        }
        return try await self.beginAnew(fence, connection)
    }

    /// Another life of the server, or an emptied one: what it lost is brought back from SQL, and a new epoch begins.
    private func beginAnew(_ fence: PartitionFence, _ connection: RedisConnection) async throws -> StreamID {
        let before = try await self.archive.partition(self.keys.partition)
        // The same life once more means that the server was emptied without a restart: its name was used already.
        let epoch =
            before.runID == fence.runID
            ? String(PartitionLease.randomToken().prefix(12)) : String(fence.runID.prefix(12))
        try await self.archive.claim(self.keys.partition, token: fence.token, newLife: (fence.runID, epoch))
        let restored = try await self.restoreRooms(fence, connection)
        let answer = try await connection.evaluate(
            ChatScripts.openPartition, keys: [self.keys.state, self.keys.commands, self.keys.events],
            arguments: [
                RedisArgument(fence.token), RedisArgument(fence.runID), RedisArgument(RedisNames.notifierGroup),
                RedisArgument(epoch),
            ])
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
            let names = self.keys.room(room.room)
            var calls = [
                RedisScript.Call(
                    ChatScripts.restoreRoom, keys: [self.keys.state, names.room, self.keys.rooms],
                    arguments: self.arguments(
                        fence, room.room, RedisArgument(room.name), RedisArgument(room.squad),
                        RedisArgument(room.created)))
            ]
            calls += room.members.map { member in
                RedisScript.Call(
                    ChatScripts.restoreMember,
                    keys: [self.keys.state, names.members, self.keys.joined(user: member.user)],
                    arguments: self.arguments(
                        fence, room.room, RedisArgument(member.user), RedisArgument(member.json)))
            }
            try await HolderCalls.run(calls, on: connection)
            restored += 1
        }
        return restored
    }

    private func arguments(
        _ fence: PartitionFence, _ room: String, _ more: RedisArgument...
    ) -> [RedisArgument] {
        [RedisArgument(fence.token), RedisArgument(fence.runID), RedisArgument(room)] + more
    }
}

/// Scripts of the holder outside any command, many in one pipeline.
enum HolderCalls {
    /// - Throws: ``ArchiveError/notTheHolder`` when one of them refuses, or the error of the first that fails.
    static func run(_ calls: [RedisScript.Call], on connection: RedisConnection) async throws {
        for start in stride(from: 0, to: calls.count, by: 500) {
            let results = try await connection.evaluate(Array(calls[start..<min(start + 500, calls.count)]))
            for result in results where try result.get().array?.first?.string != "done" {
                throw ArchiveError.notTheHolder
            }
        }
    }
}
