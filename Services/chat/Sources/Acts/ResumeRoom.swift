import Domain

/// `resume {room_id, seq, epoch}`: joins, and answers what was missed.
struct ResumeRoom: Act, ScriptCall {
    static let script = ChatScript.command(
        "resume_room", PackageResources.resume_room_lua, .room, .creation, .message, .history, .resume, .entrance)

    private let entrance: Entrance
    private let epoch: String
    private let sequence: Int

    init(_ context: CommandContext) async throws(CommandFailure) {
        self.entrance = try await Entrance(context)
        let data = try CommandData(context.command.data)
        guard let sequence = try data.integer("seq", in: 0...ChatLimits.highestSequence) else {
            throw CommandData.invalid("seq", "is missing")
        }
        let epoch = try data.requiredString("epoch")
        guard (1...40).contains(epoch.utf8.count), epoch.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw CommandData.invalid("epoch", "is not an epoch")
        }
        self.sequence = sequence
        self.epoch = epoch
    }

    func fill(_ input: inout ScriptInput) {
        self.entrance.fill(&input)
        input.argument("epoch", self.epoch)
        input.argument("seq", self.sequence)
        input.argument("most_events", ChatLimits.resumeEvents)
        input.argument("most_bytes", ChatLimits.resumeBytes)
        input.argument("has_history", self.entrance.permissions.contains(.history))
        input.more(self.entrance.archived.rows)
    }

    func ask(_ archive: any MessageArchive) async throws -> ArchiveAnswer { try await self.entrance.ask(archive) }
}
