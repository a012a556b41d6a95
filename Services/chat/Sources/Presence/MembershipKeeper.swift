import Domain
import JSON
import Logging
import Redis
import ServiceRuntime
import WireContract
import WorkQueue

/// Makes changes of the directory events of the rooms: who lost the right to a room leaves it, in line with the
/// messages; who has other rights now is shown and treated so.
///
/// It adds commands to its own partition; what they do is decided when they are applied.
struct MembershipKeeper: Sendable {
    let keys: ChatKeys
    let lease: PartitionLease
    let redis: RedisClient
    let rooms: RoomRecords
    let directory: ChatDirectory
    let changes: DirectoryChanges
    let logger: Logger
    /// Commands that may wait in the partition's stream.
    var commandsBound = StreamWriter.defaultBound

    func run() async {
        let changed = self.changes.users()
        // What changed while nobody held the partition.
        await self.compareUntilDone()
        for await user in changed {
            guard self.lease.isWanted, !Task.isCancelled else { return }
            do {
                let connection = try await self.redis.connection(for: self.keys.state)
                let rooms = try await connection.send(
                    RedisCommand("SMEMBERS", RedisArgument(self.keys.joined(user: user.rawValue))))
                for room in (rooms.array ?? []).compactMap(\.string) {
                    try await self.compare(user, in: room, connection)
                }
            } catch {
                self.logger.warning("a change of the directory waits", metadata: ["error": "\(error)"])
                // Nobody tells of this change again, and it may take a right away: everything is compared instead.
                await self.compareUntilDone()
            }
        }
    }

    private func compareUntilDone() async {
        while self.lease.isWanted, !Task.isCancelled {
            if (try? await self.compareAll()) != nil { return }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    private func compareAll() async throws {
        let connection = try await self.redis.connection(for: self.keys.state)
        // Perhaps before the partition is open.
        try await self.rooms.load(connection)
        let rooms = try await connection.send(RedisCommand("SMEMBERS", RedisArgument(self.keys.rooms)))
        for room in (rooms.array ?? []).compactMap(\.string) {
            let members = try await connection.send(
                RedisCommand("HKEYS", RedisArgument(self.keys.room(room).members)))
            for member in (members.array ?? []).compactMap(\.string) {
                if let user = try? UserID(member) { try await self.compare(user, in: room, connection) }
            }
        }
    }

    /// Adds a command when what the room says of a member is not what the directory says.
    private func compare(_ userID: UserID, in room: String, _ connection: RedisConnection) async throws {
        // A user who is not there at all is left alone: an emptied directory must not empty the rooms.
        guard let user = self.directory.user(userID), let place = (try? RoomID(room)).flatMap({ self.rooms.room($0) })
        else {
            return
        }
        let held = try await connection.send(
            RedisCommand("HGET", RedisArgument(self.keys.room(room).members), RedisArgument(userID.rawValue)))
        guard let known = held.buffer.map({ Array(buffer: $0) }) else { return }
        let now = Timestamp(milliseconds: WallClock.milliseconds())
        let rights = RoomPolicy.permissions(of: user, in: place.record, at: now)
        let mayRead = rights.contains(.read)
        guard !mayRead || MemberEntry(known)?.isOf(user, with: rights) != true else { return }
        var data = JSONWriter()
        data.field("user_id", userID.rawValue)
        let command = ChatCommand(
            kind: mayRead ? .changeRights : .removeMember, id: "directory:\(user.version):\(userID.rawValue)",
            room: room, user: "", producedAt: Int(now.milliseconds), data: data.finish())
        try await StreamWriter(redis: self.redis, bound: self.commandsBound).append([
            StreamWriter.Entry(stream: self.keys.commands, fields: command.fields)
        ])
    }
}
