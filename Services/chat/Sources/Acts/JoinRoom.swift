/// `join_squad_room {squad_id}`
struct JoinRoom: Act, ScriptCall {
    static let script = ChatScript.command(
        "join_room", PackageResources.join_room_lua, .room, .creation, .message, .history, .entrance)

    private let entrance: Entrance

    init(_ context: CommandContext) async throws(CommandFailure) {
        self.entrance = try await Entrance(context)
    }

    func fill(_ input: inout ScriptInput) {
        self.entrance.fill(&input)
        input.more(self.entrance.archived.rows)
    }

    func ask(_ archive: any MessageArchive) async throws -> ArchiveAnswer { try await self.entrance.ask(archive) }
}
