import Redis

/// Puts events back into a room's log.
struct RestoreLogCall: ScriptCall {
    static let script = ChatScript.holder("restore_log", PackageResources.restore_log_lua)

    let head: HolderHead
    let room: RoomKeys
    /// Whether what the log holds is forgotten first.
    let anew: Bool
    let events: [ArchivedEvent]

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        input.key("LOG", .stream, self.room.log)
        input.argument("anew", self.anew)
        for event in self.events {
            input.more([
                RedisArgument(event.sequence), RedisArgument(event.event), RedisArgument(event.message),
                RedisArgument(event.user), RedisArgument(event.flags), RedisArgument(event.json),
            ])
        }
    }
}

/// Puts messages back as the archive holds them.
struct RestoreMessagesCall: ScriptCall {
    static let script = ChatScript.holder("restore_messages", PackageResources.restore_messages_lua)

    let head: HolderHead
    let room: RoomKeys
    /// Whether what Redis holds is forgotten first.
    let anew: Bool
    let messages: [ArchivedMessage]
    /// Messages whose reactions are forgotten.
    var forgotten: [String] = []

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        input.key("MESSAGES", .hash, self.room.messages)
        input.key("INDEX", .sortedSet, self.room.index)
        input.key("CHANGED", .sortedSet, self.room.changed)
        input.key("REACTED", .hash, self.room.reacted)
        input.argument("anew", self.anew)
        for message in self.messages {
            input.anotherKey(.hash, self.head.keys.reactions(message: message.id))
            input.more(message.row + [RedisArgument(message.reactions), RedisArgument(message.lastChange)])
        }
        for message in self.forgotten { input.anotherKey(.hash, self.head.keys.reactions(message: message)) }
    }
}

/// Opens a room in the partition's present epoch.
struct ReopenRoomCall: ScriptCall {
    static let script = ChatScript.holder("reopen_room", PackageResources.reopen_room_lua)

    let head: HolderHead
    let room: RoomKeys
    /// The archive's highest seq.
    let archived: Int
    /// The highest seq that is in the archive only; nil when Redis knows it.
    let onlyArchived: Int?
    /// `epoch:start` of each epoch that the archive knows.
    let archivedEpochs: String

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        input.key("ROOM", .hash, self.room.room)
        input.argument("archived", self.archived)
        input.argument("only_archived", self.onlyArchived.map { RedisArgument($0) } ?? "")
        input.argument("archived_epochs", self.archivedEpochs)
    }
}
