import Domain
import Redis

/// What brings a socket into a room, for joining and for resuming.
struct Entrance {
    let head: CommandHead
    private let room: RoomKeys
    private let asker: Asker
    private let moment: Moment
    let archived: ArchiveAnswer?

    init(_ context: CommandContext) async throws(CommandFailure) {
        self.asker = try await context.asker(with: .read)
        self.head = context.head(rights: self.asker.permissions)
        self.room = context.room
        self.moment = context.moment
        self.archived = context.archived
    }

    var permissions: Permissions { self.asker.permissions }

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
        input.key("REACTED", .hash, self.room.reacted)
        input.argument("gateway", command.gateway ?? "")
        input.argument("socket", command.socket ?? "")
        input.argument("now_ms", self.moment.milliseconds)
        input.argument("timestamp", self.moment.text)
        input.argument("member", RoomJSON.member(user))
        input.argument(
            "joined", RoomJSON.presence(of: user.userID.rawValue, username: user.username, at: self.moment.text))
        RoomJSON.creation(of: self.asker.room, at: self.moment.text, &input)
        input.argument("permissions", RoomJSON.permissions(self.asker.permissions))
        input.argument("limit", ChatLimits.pageMessages)
        input.argument("through", self.archived.through)
    }

    /// The newest page.
    func ask(_ archive: any MessageArchive) async throws -> ArchiveAnswer {
        .page(try await archive.page(of: self.head.command.room, before: nil, limit: ChatLimits.pageMessages + 1))
    }
}
