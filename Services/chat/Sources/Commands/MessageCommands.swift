import Domain
import Redis
import WireContract

/// Posting and reacting.
extension CommandHandler {
    /// `send_message {room_id, content, type?, metadata?, client_id?, reply_to?}`
    func sendMessage(_ context: CommandContext) async throws(CommandFailure) -> RedisScript.Call {
        let asking = try await self.asking(context, for: [.read, .send])
        let room = context.command.room
        let data = try CommandData(context.command.data)
        let type = try data.string("type") ?? MessageKind.text.rawValue
        try Self.check(type: type)
        let content = Self.trimmed(try data.requiredString("content"))
        let clientID = try data.string("client_id")
        let replyTo = try Self.reply(data, in: room)
        let metadata = try data.object("metadata", limit: ChatLimits.metadataBytes) ?? Array("{}".utf8)
        do throws(Refusal) {
            try MessageLimits.check(content: content)
            if let clientID { try MessageLimits.check(clientID: clientID) }
        } catch {
            throw .refused(error)
        }

        let user = asking.user
        let payload = MessagePayload(
            userID: user.userID.rawValue, username: user.username, callsign: user.callsign,
            squadID: user.squadID.rawValue, roomID: room, content: content, messageType: type,
            timestamp: context.moment.text, rank: user.rank, role: user.role.rawValue, replyTo: replyTo,
            metadata: metadata, clientID: clientID)
        let keys = self.keys(of: room)
        let known: RedisArgument =
            switch context.remedy {
            case .message(let message)?: message == nil ? "0" : "1"
            default: ""
            }
        return context.call(
            ChatScripts.sendMessage,
            keys: self.commonKeys(keys) + [self.seen(context)],
            rights: asking.permissions, outboxBound: self.limits.outboxBound,
            [
                context.digest(Array(content.utf8), Array(type.utf8), metadata, Array((replyTo ?? "").utf8)),
                RedisArgument(self.limits.dedupeSeconds), context.moment.milliseconds,
                RedisArgument(context.moment.text), RedisArgument(context.command.id),
                RedisArgument(payload.encodedTail), RedisArgument(replyTo ?? ""), known,
            ])
    }

    /// `add_reaction`, `remove_reaction {message_id, emoji}`
    func changeReaction(_ context: CommandContext, adds: Bool) async throws(CommandFailure) -> RedisScript.Call {
        let asking = try await self.asking(context, for: [.read, .react])
        let data = try CommandData(context.command.data)
        let emoji = try data.requiredString("emoji")
        let message = try Self.message(try data.requiredString("message_id"), in: context.command.room)
        do throws(Refusal) {
            try MessageLimits.check(emoji: emoji)
        } catch {
            throw .refused(error)
        }
        guard !emoji.utf8.contains(where: { "\"\\{}[]".utf8.contains($0) }) else {
            throw CommandData.invalid("emoji", "is not an emoji")
        }
        let keys = self.keys(of: context.command.room)
        var stored: [RedisArgument] = ["", "", ""]
        if case .message(let archived)? = context.remedy {
            stored =
                archived.map { ["1", RedisArgument($0.json), RedisArgument($0.sequence)] } ?? ["0", "", ""]
        }
        return context.call(
            ChatScripts.changeReaction,
            keys: self.commonKeys(keys) + [self.seen(context), keys.changed],
            rights: asking.permissions, outboxBound: self.limits.outboxBound,
            [
                context.digest(Array(message.utf8), Array(emoji.utf8)), RedisArgument(self.limits.dedupeSeconds),
                context.moment.milliseconds, adds ? "add" : "remove", RedisArgument(context.command.id),
                RedisArgument(message), RedisArgument(emoji), RedisArgument(MessageLimits.distinctEmoji),
            ] + stored)
    }

    /// The key that remembers what this command answered.
    func seen(_ context: CommandContext) -> String {
        self.keys.seen(
            room: context.command.room, author: context.command.user.isEmpty ? "SYSTEM" : context.command.user,
            id: context.command.id)
    }

    private static func check(type: String) throws(CommandFailure) {
        switch MessageKind(rawValue: type) {
        case .text: return
        case .system, .tradeSignal:
            throw .refused(Refusal(.forbidden, "Only the suite itself writes messages of this type.", field: "type"))
        case .image, .file, .voice, .gif, .emojiReaction, nil:
            throw .refused(Refusal(.unsupportedType, "Messages of this type cannot be sent yet.", field: "type"))
        }
    }

    private static func reply(_ data: CommandData, in room: String) throws(CommandFailure) -> String? {
        guard let text = try data.string("reply_to") else { return nil }
        return try self.message(text, in: room)
    }

    /// A message id of this room.
    private static func message(_ text: String, in room: String) throws(CommandFailure) -> String {
        guard let message = try? MessageID(text), message.room.rawValue == room else {
            throw .refused(Refusal(.messageNotFound, "There is no such message in this room."))
        }
        return text
    }

    /// Without white space at both ends.
    private static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }
}
