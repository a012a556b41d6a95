import Domain
import Redis
import ServiceRuntime
import WireContract
import WorkQueue

/// Hands commands of the suite itself to the partitions of their rooms.
struct CommandSender: Sendable {
    private let writer: StreamWriter
    private let partitions: Int

    init(redis: RedisClient, partitions: Int) {
        self.writer = StreamWriter(redis: redis)
        self.partitions = partitions
    }

    /// One command to the rooms of `squads`.
    ///
    /// - Parameters:
    ///   - name: With the room appended, the id of each command: the same name and content again has no second effect.
    ///   - data: The payload, JSON.
    /// - Throws: When not every command was certainly added. Then all of them are to be sent again.
    func send(
        _ kind: ChatCommand.Kind, named name: [String], to squads: [SquadID], data: [UInt8]
    ) async throws(RedisError) {
        let now = Int(WallClock.milliseconds())
        try await self.writer.append(
            squads.map { squad in
                let room = RoomID(squad: squad).rawValue
                let command = ChatCommand(
                    kind: kind, id: SignalName.command(name + [room]), room: room, user: "", producedAt: now,
                    data: data)
                let partition = PartitionMap.partition(of: room, of: self.partitions)
                return StreamWriter.Entry(stream: RedisNames.commands(partition), fields: command.fields)
            })
    }
}
