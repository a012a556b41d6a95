import Domain

/// `post_system {content, metadata?}`
struct PostSystem: Act, ScriptCall {
    static let script = ChatScript.command(
        "post_system", PackageResources.post_system_lua, .room, .once, .creation, .line)

    private let line: SuiteLine

    nonisolated(nonsending) init(_ context: CommandContext) async throws(CommandFailure) {
        let room = try context.roomOfSuite()
        let data = try CommandData(context.command.data)
        let content = try data.requiredString("content")
        let metadata = try data.object("metadata", limit: ChatLimits.metadataBytes) ?? Array("{}".utf8)
        do throws(Refusal) {
            try MessageLimits.check(content: content, in: room.record.limits)
        } catch {
            throw .refused(error)
        }
        self.line = SuiteLine(
            once: context.once(over: Array(content.utf8), metadata, for: context.limits.dedupeSeconds), room: room,
            line: RoomJSON.system(
                room: context.command.room, content: content, type: .system, at: context.moment.text,
                metadata: metadata))
    }

    func fill(_ input: inout ScriptInput) { self.line.fill(&input) }
}
