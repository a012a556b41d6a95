import Domain
import Redis

/// `add_reaction`, `remove_reaction {message_id, emoji}`
struct ChangeReaction: Act, ScriptCall {
    static let script = ChatScript.command(
        "change_reaction", PackageResources.change_reaction_lua, .room, .once, .message, .change)

    private let change: ChangeHead
    private let adds: Bool
    private let emoji: String
    /// As the asker wrote it. A release of before kept it so: what stands under it can still be taken back.
    private let sent: String

    nonisolated(nonsending) init(_ context: CommandContext) async throws(CommandFailure) {
        let asker = try await context.asker(with: [.read, .react])
        let data = try CommandData(context.command.data)
        let sent = try data.requiredString("emoji")
        let adds = context.command.kind == .addReaction
        guard let message = try data.messageID("message_id", in: context.command.room) else {
            throw CommandData.invalid("message_id", "is missing")
        }
        do throws(Refusal) {
            self.emoji = try Self.emoji(sent, adds: adds)
        } catch {
            throw .refused(error)
        }
        guard !sent.utf8.contains(where: { "\"\\{}[]".utf8.contains($0) }) else {
            throw CommandData.invalid("emoji", "is not an emoji")
        }
        self.adds = adds
        self.sent = sent
        self.change = ChangeHead(
            once: context.once(
                rights: asker.permissions, over: Array("\(message)".utf8), Array(sent.utf8),
                for: context.limits.dedupeSeconds),
            message: message, archived: context.archived)
    }

    private static func emoji(_ sent: String, adds: Bool) throws(Refusal) -> String {
        do {
            return try MessageLimits.reaction(sent).text
        } catch {
            guard !adds else { throw error }
            try MessageLimits.check(formerReaction: sent)
            return sent
        }
    }

    func fill(_ input: inout ScriptInput) {
        self.change.fill(&input)
        input.argument("change", self.adds ? "add" : "remove")
        input.argument("emoji", self.emoji)
        input.argument("sent", self.sent)
        input.argument("most_emoji", MessageLimits.distinctEmoji)
        input.argument("is_archived", self.change.archived.message?.hasReaction ?? false)
        input.argument("is_sent_archived", self.change.archived.message?.hasFormerReaction ?? false)
    }

    var asked: MessageQuestion? {
        let command = self.change.once.command.command
        return MessageQuestion(
            message: "\(self.change.message)", room: command.room,
            reaction: UserReaction(
                emoji: self.emoji, user: command.user, former: self.sent == self.emoji ? nil : self.sent))
    }
}
