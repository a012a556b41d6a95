import Domain
import Redis
import WireContract
import WorkQueue

/// What `part_fence.lua` is given: in front of every script of a partition.
struct HolderHead {
    let keys: ChatKeys
    let fence: PartitionFence

    func fill(_ input: inout ScriptInput) {
        input.key("STATE", .unchecked, self.keys.state)
        input.argument("token", self.fence.token)
        input.argument("run", self.fence.runID)
    }
}

/// What `part_command.lua` is given: in front of every script that applies a command.
struct CommandHead {
    let keys: ChatKeys
    let fence: PartitionFence
    /// Where the cursor must be when the script runs.
    let cursor: StreamID
    let entry: StreamID
    let command: ChatCommand
    var rights: Permissions = []
    let outboxBound: Int

    /// Who waits for the answer; nil when nobody does.
    var gateway: String? { self.command.correlation == nil ? nil : self.command.gateway }

    /// Where the answer goes; empty when nobody waits for one.
    var channel: RedisArgument { self.gateway.map { RedisArgument(RedisNames.gateway($0)) } ?? "" }

    var correlation: RedisArgument { RedisArgument(self.command.correlation ?? "") }

    func fill(_ input: inout ScriptInput) {
        HolderHead(keys: self.keys, fence: self.fence).fill(&input)
        input.key("COMMANDS", .stream, self.keys.commands)
        input.key("EVENTS", .stream, self.keys.events)
        input.argument("cursor", "\(self.cursor)")
        input.argument("entry", "\(self.entry)")
        input.argument("channel", self.channel)
        input.argument("correlation", self.correlation)
        input.argument("rights", self.rights.rawValue)
        input.argument("room_id", self.command.room)
        input.argument("actor", self.command.user)
        input.argument("bound", self.outboxBound)
    }
}

extension RoomKeys {
    /// What `part_room.lua` is given.
    func fill(_ input: inout ScriptInput) {
        input.key("ROOM", .hash, self.room)
        input.key("LOG", .stream, self.log)
        input.key("LIVE", .unchecked, self.live)
        input.key("MESSAGES", .hash, self.messages)
        input.key("INDEX", .sortedSet, self.index)
    }
}

/// What `part_once.lua` is given: in front of everything that changes something.
struct OnceHead {
    let command: CommandHead
    let room: RoomKeys
    let digest: RedisArgument
    /// How long the answer is kept, in seconds.
    let seconds: Int
    let moment: Moment

    func fill(_ input: inout ScriptInput) {
        self.command.fill(&input)
        self.room.fill(&input)
        let command = self.command.command
        let author = command.user.isEmpty ? "SYSTEM" : command.user
        input.key("SEEN", .string, self.command.keys.seen(room: command.room, author: author, id: command.id))
        input.argument("digest", self.digest)
        input.argument("seconds", self.seconds)
        input.argument("now_ms", self.moment.milliseconds)
        input.argument("command_id", command.id)
    }
}
