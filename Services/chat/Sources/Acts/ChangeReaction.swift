import Domain
import Redis

/// `add_reaction`, `remove_reaction {message_id, emoji}`
struct ChangeReaction: Act, ScriptCall {
    static let script = ChatScript.command(
        "change_reaction", PackageResources.change_reaction_lua, .room, .once, .message, .change)

    private let change: ChangeHead
    private let adds: Bool
    private let emoji: String

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
        self.emoji = emoji
        self.change = ChangeHead(
            once: context.once(
                rights: asker.permissions, over: Array("\(message)".utf8), Array(emoji.utf8),
                for: context.limits.dedupeSeconds),
            message: message, archived: context.archived)
    }

    func fill(_ input: inout ScriptInput) {
        self.change.fill(&input)
        input.argument("change", self.adds ? "add" : "remove")
        input.argument("emoji", self.emoji)
        input.argument("most_emoji", MessageLimits.distinctEmoji)
        input.argument("is_archived", self.change.archived.message?.hasReaction ?? false)
    }

    var asked: MessageQuestion? {
        let command = self.change.once.command.command
        return MessageQuestion(
            message: "\(self.change.message)", room: command.room,
            reaction: UserReaction(emoji: self.emoji, user: command.user))
    }
}
