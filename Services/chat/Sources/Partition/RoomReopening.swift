import Logging
import Redis
import ServiceRuntime
import WorkQueue

/// Opens a room in a new epoch: what Redis lost of it comes back from SQL, and `seq` goes on above everything known.
struct RoomReopening: Sendable {
    let keys: ChatKeys
    let archive: MessageArchive
    let limits: ChatLimits
    /// Brings the archive up to the outbox.
    let drain: @Sendable () async throws -> Void
    let logger: Logger

    func reopen(_ room: String, _ fence: PartitionFence, _ connection: RedisConnection) async throws {
        // First, so that the archive holds all that Redis does, and comparing the two numbers says what was lost.
        try await self.drain()
        let names = self.keys.room(room)
        let held = try await connection.send(RedisCommand("HGET", RedisArgument(names.room), "seq"))
        let inRedis = held.string.flatMap { Int($0) } ?? 0
        let inArchive = try await self.archive.highestSequence(of: room)
        // Too much to close the hole: the room begins with its newest messages.
        let starts = inRedis == 0 || inArchive - inRedis > self.limits.keptMessages
        let now = Int(WallClock.milliseconds())
        let record = try await self.archive.record(
            of: room, after: starts ? 0 : inRedis, count: self.limits.keptMessages,
            markedSince: now - self.limits.signalDedupeSeconds * 1_000)
        var trimmed: RedisArgument = ""
        if inArchive > inRedis {
            try await self.restore(record, room, names, starts: starts, now: now, fence, connection)
            if starts {
                trimmed = RedisArgument(
                    record.hasOlderMessages ? (record.messages.first?.sequence ?? 1) - 1 : 0)
            }
        }
        try await HolderCalls.run(
            [
                RedisScript.Call(
                    ChatScripts.reopenRoom, keys: [self.keys.state, names.room],
                    arguments: self.head(fence) + [
                        RedisArgument(inArchive), trimmed, RedisArgument(record.epochs),
                    ])
            ], on: connection)
        self.logger.info(
            "reopened a room",
            metadata: [
                "room": "\(room)", "seq_in_redis": "\(inRedis)", "seq_in_archive": "\(inArchive)",
            ])
    }

    private func restore(
        _ record: RoomRecord, _ room: String, _ names: RoomKeys, starts: Bool, now: Int, _ fence: PartitionFence,
        _ connection: RedisConnection
    ) async throws {
        var calls: [RedisScript.Call] = []
        for (number, events) in record.events.chunks(of: 200).enumerated() {
            calls.append(
                RedisScript.Call(
                    ChatScripts.restoreLog, keys: [self.keys.state, names.log],
                    arguments: self.head(fence) + [starts && number == 0 ? "1" : "0"]
                        + events.flatMap { event in
                            [
                                RedisArgument(event.sequence), RedisArgument(event.event),
                                RedisArgument(event.message), RedisArgument(event.user), RedisArgument(event.flags),
                                RedisArgument(event.json),
                            ]
                        }))
        }
        for (number, messages) in record.messages.chunks(of: 200).enumerated() {
            calls.append(
                RedisScript.Call(
                    ChatScripts.restoreMessages,
                    keys: [self.keys.state, names.messages, names.index, names.changed],
                    arguments: self.head(fence) + [starts && number == 0 ? "1" : "0"]
                        + ArchivedPage(through: 0, messages: messages).arguments))
        }
        calls += self.marks(record.marks, room, now: now, fence)
        calls += try await self.members(record.members, room, names, fence, connection)
        try await HolderCalls.run(calls, on: connection)
    }

    private func marks(
        _ marks: [ArchivedMark], _ room: String, now: Int, _ fence: PartitionFence
    ) -> [RedisScript.Call] {
        marks.compactMap { mark in
            let lifetime = mark.author == "SYSTEM" ? self.limits.signalDedupeSeconds : self.limits.dedupeSeconds
            let left = lifetime - (now - mark.producedAt) / 1_000
            guard left > 0 else { return nil }
            return RedisScript.Call(
                ChatScripts.restoreMark,
                keys: [self.keys.state, self.keys.seen(room: room, author: mark.author, id: mark.id)],
                arguments: self.head(fence) + [
                    RedisArgument(Array(mark.digest.utf8) + [UInt8(ascii: "\n")] + mark.answer),
                    RedisArgument(left),
                ])
        }
    }

    private func members(
        _ members: [ArchivedMember], _ room: String, _ names: RoomKeys, _ fence: PartitionFence,
        _ connection: RedisConnection
    ) async throws -> [RedisScript.Call] {
        let held = try await connection.send(RedisCommand("HKEYS", RedisArgument(names.members)))
        let gone = Set((held.array ?? []).compactMap(\.string)).subtracting(members.map(\.user))
        return (members.map { ($0.user, RedisArgument($0.json)) } + gone.sorted().map { ($0, "") }).map { user, json in
            RedisScript.Call(
                ChatScripts.restoreMember, keys: [self.keys.state, names.members, self.keys.joined(user: user)],
                arguments: self.head(fence) + [RedisArgument(room), RedisArgument(user), json])
        }
    }

    private func head(_ fence: PartitionFence) -> [RedisArgument] {
        [RedisArgument(fence.token), RedisArgument(fence.runID)]
    }
}

extension Array {
    /// Consecutive parts of at most `size` elements.
    fileprivate func chunks(of size: Int) -> [[Element]] {
        stride(from: 0, to: self.count, by: size).map { Array(self[$0..<Swift.min($0 + size, self.count)]) }
    }
}
