import Domain
import Redis

/// `fetch_history {room_id, before?, limit?}`
struct FetchHistory: Act, ScriptCall {
    static let script = ChatScript.command(
        "fetch_history", PackageResources.fetch_history_lua, .room, .message, .history)

    private let head: CommandHead
    private let room: RoomKeys
    private let hasHistory: Bool
    /// Messages with a lower seq; nil for the newest.
    private let before: Int?
    private let limit: Int
    private let archived: ArchiveAnswer?

    init(_ context: CommandContext) async throws(CommandFailure) {
        // A gateway asks for the suite itself when it missed too much: the page is for every socket of the room.
        let permissions: Permissions
        if context.command.user.isEmpty {
            _ = try context.knownRoom()
            permissions = .all
        } else {
            permissions = try await context.asker(with: .read).permissions
        }
        let data = try CommandData(context.command.data)
        self.before = try data.integer("before", in: 1...ChatLimits.highestSequence)
        self.limit = try data.integer("limit", in: 1...ChatLimits.mostPageMessages) ?? ChatLimits.pageMessages
        self.hasHistory = permissions.contains(.history)
        self.head = context.head(rights: permissions)
        self.room = context.room
        self.archived = context.archived
    }

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        self.room.fill(&input)
        input.key("MEMBERS", .hash, self.room.members)
        input.key("REACTED", .hash, self.room.reacted)
        input.argument("before", self.before.map { RedisArgument($0) } ?? "+inf")
        input.argument("limit", self.limit)
        input.argument("through", self.archived.through)
        input.argument("has_history", self.hasHistory)
        input.more(self.archived.rows)
    }

    func ask(_ archive: any MessageArchive) async throws -> ArchiveAnswer {
        .page(try await archive.page(of: self.head.command.room, before: self.before, limit: self.limit + 1))
    }
}
