/// Opens a partition under the present life of the server, after its rooms were restored; answers the cursor.
struct OpenPartitionCall: ScriptCall {
    static let script = ChatScript.opening("open_partition", PackageResources.open_partition_lua)

    let head: HolderHead
    let group: String
    let epoch: String
    /// The mark of this opening.
    let opening: String

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        input.key("COMMANDS", .stream, self.head.keys.commands)
        input.key("EVENTS", .stream, self.head.keys.events)
        input.argument("group", self.group)
        input.argument("epoch", self.epoch)
        input.argument("opening", self.opening)
    }
}

/// Makes a room known again that Redis lost.
struct RestoreRoomCall: ScriptCall {
    static let script = ChatScript.opening("restore_room", PackageResources.restore_room_lua)

    let head: HolderHead
    let room: String
    /// JSON string with its quotes.
    let name: String
    let squad: String
    /// JSON; empty of a room that was made before there were records.
    let record: [UInt8]
    /// Milliseconds since 1970.
    let created: Int

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        input.key("ROOM", .hash, self.head.keys.room(self.room).room)
        input.key("ROOMS", .set, self.head.keys.rooms)
        input.argument("room_id", self.room)
        input.argument("name", self.name)
        input.argument("squad", self.squad)
        input.argument("record", self.record)
        input.argument("created", self.created)
    }
}

/// Makes a membership known again, or its end.
struct RestoreMemberCall: ScriptCall {
    static let script = ChatScript.opening("restore_member", PackageResources.restore_member_lua)

    let head: HolderHead
    let room: String
    let user: String
    /// JSON; empty for one who is no member any more.
    let member: [UInt8]

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        input.key("MEMBERS", .hash, self.head.keys.room(self.room).members)
        input.key("JOINED", .set, self.head.keys.joined(user: self.user))
        input.argument("room_id", self.room)
        input.argument("user", self.user)
        input.argument("member", self.member)
    }
}

/// Makes it known again what a command answered, or which outcome waits for its signal.
struct RestoreMarkCall: ScriptCall {
    static let script = ChatScript.opening("restore_mark", PackageResources.restore_mark_lua)

    let head: HolderHead
    let key: String
    let value: [UInt8]
    /// How long it is still kept.
    let seconds: Int

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        input.key("MARK", .string, self.key)
        input.argument("value", self.value)
        input.argument("seconds", self.seconds)
    }
}

/// Moves a key of a wrong type out of the way.
struct SetAsideCall: ScriptCall {
    static let script = ChatScript.opening("set_aside", PackageResources.set_aside_lua)

    let head: HolderHead
    let key: String
    let aside: String
    /// The type that it was found to have.
    let found: String

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        input.key("DAMAGED", .unchecked, self.key)
        input.key("ASIDE", .unchecked, self.aside)
        input.argument("found", self.found)
    }
}
