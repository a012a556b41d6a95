import Redis

/// Lets go of what of a room is archived, beyond the newest.
struct TrimRoomCall: ScriptCall {
    static let script = ChatScript.holder("trim_room", PackageResources.trim_room_lua)

    let head: HolderHead
    let room: RoomKeys
    /// How many messages and events stay.
    let kept: Int
    /// The archive's highest seq.
    let archived: Int
    /// Messages with reactions that may go too.
    var reacted: [String] = []

    /// The same for the messages with reactions that this one met; nil when it met none.
    func following(_ answer: RedisValue?) -> TrimRoomCall? {
        self.following((answer?.array ?? []).map { $0.string ?? "" })
    }

    /// Whether a key belongs to a message that the call may let go of.
    func letsGo(of key: String) -> Bool { self.reacted.contains { self.head.keys.reactions(message: $0) == key } }

    func following(_ words: [String]) -> TrimRoomCall? {
        guard words.first == "done", words.count > 2 else { return nil }
        var next = self
        next.reacted = Array(words.dropFirst(2))
        return next
    }

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        input.key("ROOM", .hash, self.room.room)
        input.key("LOG", .stream, self.room.log)
        input.key("MESSAGES", .hash, self.room.messages)
        input.key("INDEX", .sortedSet, self.room.index)
        input.key("CHANGED", .sortedSet, self.room.changed)
        input.key("REACTED", .hash, self.room.reacted)
        input.argument("kept", self.kept)
        input.argument("archived", self.archived)
        for message in self.reacted {
            input.anotherKey(.hash, self.head.keys.reactions(message: message))
            input.more([RedisArgument(message)])
        }
    }
}

/// Lets go of events that every reader has passed.
struct TrimOutboxCall: ScriptCall {
    static let script = ChatScript.holder("trim_outbox", PackageResources.trim_outbox_lua)

    let head: HolderHead
    /// The first entry that must stay.
    let firstKept: StreamID

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        input.key("EVENTS", .stream, self.head.keys.events)
        input.argument("first_kept", "\(self.firstKept)")
    }
}

/// Says that a user left, when the grace after the last socket is over.
struct DeclareAbsentCall: ScriptCall {
    static let script = ChatScript.holder("declare_absent", PackageResources.declare_absent_lua)

    let head: HolderHead
    /// Milliseconds of Redis' clock.
    let now: Int
    let room: String
    let user: String
    /// `user_left` as JSON.
    let left: [UInt8]

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        let room = self.head.keys.room(self.room)
        input.key("ROOM", .hash, room.room)
        input.key("ONLINE", .hash, room.online)
        input.key("LIVE", .unchecked, room.live)
        input.key("ABSENT", .sortedSet, self.head.keys.absent)
        input.argument("now_ms", self.now)
        input.argument("room_id", self.room)
        input.argument("user", self.user)
        input.argument("left", self.left)
    }
}

/// Takes a gateway that is gone off the list, once none of its sockets is left.
struct ForgetGatewayCall: ScriptCall {
    static let script = ChatScript.holder("forget_gateway", PackageResources.forget_gateway_lua)

    let head: HolderHead
    let gateway: String

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        input.key("GATEWAYS", .set, self.head.keys.gateways)
        input.key("SOCKETS", .set, self.head.keys.sockets(gateway: self.gateway))
        input.argument("gateway", self.gateway)
    }
}
