import Domain
import Redis

/// What brings a socket into a room, for joining and for resuming.
struct Entrance: ScriptCall {
    static let script = ChatScript.command("enter_room", PackageResources.enter_room_lua, .room, .creation)

    private let head: CommandHead
    private let room: RoomKeys
    private let asker: Asker
    private let moment: Moment
    /// The server takes nothing that needs memory: members come in, who add next to nothing, and nobody else.
    private let onlyMembers: Bool

    nonisolated(nonsending) init(_ context: CommandContext) async throws(CommandFailure) {
        self.asker = try await context.asker(with: .read)
        self.head = context.head(rights: self.asker.permissions)
        self.room = context.room
        self.moment = context.moment
        self.onlyMembers = context.isServerFull
    }

    /// The call of the script, as the server takes it now.
    var fitting: RedisScript.Call { self.onlyMembers ? AtMemoryLimit(entrance: self).call : self.call }

    private struct AtMemoryLimit: ScriptCall {
        static let script = ChatScript.command(
            "enter_room_at_memory_limit", PackageResources.enter_room_lua, .room, .creation, atMemoryLimit: .runs)

        let entrance: Entrance

        func fill(_ input: inout ScriptInput) { self.entrance.fill(&input) }
    }

    func fill(_ input: inout ScriptInput) {
        let (keys, command, user) = (self.head.keys, self.head.command, self.asker.user)
        self.head.fill(&input)
        self.room.fill(&input)
        input.key("MEMBERS", .hash, self.room.members)
        input.key("ONLINE", .hash, self.room.online)
        input.key("ABSENT", .sortedSet, keys.absent)
        input.key("SOCKETS", .set, keys.sockets(gateway: command.gateway ?? ""))
        input.key("GATEWAYS", .set, keys.gateways)
        input.key("ROOMS", .set, keys.rooms)
        input.key("JOINED", .set, keys.joined(user: command.user))
        input.argument("gateway", command.gateway ?? "")
        input.argument("socket", command.socket ?? "")
        input.argument("now_ms", self.moment.milliseconds)
        input.argument("timestamp", self.moment.text)
        input.argument("member", RoomJSON.member(user))
        input.argument(
            "joined", RoomJSON.presence(of: user.userID.rawValue, username: user.username, at: self.moment.text))
        input.argument("only_members", self.onlyMembers)
        RoomJSON.creation(of: self.asker.room, at: self.moment.text, &input)
    }

    /// What the script left, for the answer after it.
    struct Left: Sendable, Equatable {
        let epoch: String
        /// The room's last seq before the member was added.
        let before: Int
        /// And after it: the answer's.
        let sequence: Int
        /// See ``Roster/version``.
        let roster: Int
        /// Whether it was this that made that version.
        let changedRoster: Bool

        init?(_ answer: RedisValue?) {
            guard let words = answer?.array, words.count == 7, words[1].string == "unanswered",
                let epoch = words[2].string, let before = words[3].int, let sequence = words[4].int,
                let roster = words[5].int
            else { return nil }
            self.epoch = epoch
            self.before = before
            self.sequence = sequence
            self.roster = roster
            self.changedRoster = words[6].int == 1
        }
    }
}
