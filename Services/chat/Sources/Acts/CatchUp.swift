import Domain
import Redis

/// `catch_up {"rooms":[[room, epoch, seq],…]}`: a gateway that may have missed something asks for many rooms.
struct CatchUp: Act, ScriptCall {
    static let script = ChatScript.command("catch_up", PackageResources.catch_up_lua, .message, .resume)

    private let head: CommandHead
    /// Where the gateway is in each room.
    private let rooms: [(room: String, keys: RoomKeys, epoch: String, sequence: Int)]

    init(_ context: CommandContext) async throws(CommandFailure) {
        let data = try CommandData(context.command.data)
        guard let list = try? data["rooms"]?.elements(), list.count <= ChatLimits.catchUpRooms else {
            throw CommandData.invalid("rooms", "must be a list of at most \(ChatLimits.catchUpRooms) rooms")
        }
        var rooms: [(room: String, keys: RoomKeys, epoch: String, sequence: Int)] = []
        for item in list {
            guard let parts = try? item.elements(), parts.count == 3, let name = parts[0].string,
                let room = try? RoomID(name), let epoch = parts[1].string, let sequence = parts[2].integer,
                sequence >= 0
            else { throw CommandData.invalid("rooms", "holds what is not a room, an epoch and a seq") }
            rooms.append((room.rawValue, context.keys.room(room.rawValue), epoch, sequence))
        }
        self.rooms = rooms
        self.head = context.head()
    }

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        input.argument("most_events", ChatLimits.resumeEvents)
        input.argument("most_bytes", ChatLimits.resumeBytes)
        for item in self.rooms {
            input.anotherKey(.hash, item.keys.room)
            input.anotherKey(.stream, item.keys.log)
            input.anotherKey(.hash, item.keys.messages)
            input.anotherKey(.hash, item.keys.reacted)
            input.more([RedisArgument(item.room), RedisArgument(item.epoch), RedisArgument(item.sequence)])
        }
    }
}
