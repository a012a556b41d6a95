import Domain
import Redis

/// `add_reaction`, `remove_reaction {message_id, emoji}`
struct ChangeReaction: Act, ScriptCall {
    static let script = ChatScript.command("change_reaction", PackageResources.change_reaction_lua, .room, .once)

    private let once: OnceHead
    private let adds: Bool
    private let message: String
    private let emoji: String
    private let archived: ArchiveAnswer?

    init(_ context: CommandContext) async throws(CommandFailure) {
        let asker = try await context.asker(with: [.read, .react])
        let data = try CommandData(context.command.data)
        let emoji = try data.requiredString("emoji")
        guard let message = try data.messageID("message_id", in: context.command.room) else {
            throw CommandData.invalid("message_id", "is missing")
        }
        do throws(Refusal) {
            try MessageLimits.check(emoji: emoji)
        } catch {
            throw .refused(error)
        }
        guard !emoji.utf8.contains(where: { "\"\\{}[]".utf8.contains($0) }) else {
            throw CommandData.invalid("emoji", "is not an emoji")
        }
        self.adds = context.command.kind == .addReaction
        self.message = message
        self.emoji = emoji
        self.archived = context.archived
        self.once = context.once(
            rights: asker.permissions, over: Array(message.utf8), Array(emoji.utf8),
            for: context.limits.dedupeSeconds)
    }

    func fill(_ input: inout ScriptInput) {
        self.once.fill(&input)
        input.key("CHANGED", .sortedSet, self.once.room.changed)
        input.argument("change", self.adds ? "add" : "remove")
        input.argument("message", self.message)
        input.argument("emoji", self.emoji)
        input.argument("most_emoji", MessageLimits.distinctEmoji)
        input.argument("archived", self.archived.hasMessage)
        input.argument("archived_json", self.archived.message?.json ?? [])
        input.argument("archived_seq", self.archived.message.map { RedisArgument($0.sequence) } ?? "")
    }

    func ask(_ archive: any MessageArchive) async throws -> ArchiveAnswer {
        .message(try await archive.message(self.message, in: self.once.command.command.room))
    }
}
