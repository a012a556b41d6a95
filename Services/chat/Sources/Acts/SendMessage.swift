import Domain
import WireContract

/// `send_message {room_id, content, type?, metadata?, client_id?, reply_to?}`
struct SendMessage: Act {
    static let script = ChatScript.command("send_message", PackageResources.send_message_lua, .room, .once)

    private let once: OnceHead
    private let timestamp: String
    /// The message after its epoch.
    private let line: [UInt8]
    private let replyTo: String?
    private let archived: Bool?

    init(_ context: CommandContext) async throws(CommandFailure) {
        let asker = try await context.asker(with: [.read, .send])
        let room = context.command.room
        let data = try CommandData(context.command.data)
        let type = try data.string("type") ?? MessageKind.text.rawValue
        try Self.check(type: type)
        let content = Self.trimmed(try data.requiredString("content"))
        let clientID = try data.string("client_id")
        let replyTo = try data.messageID("reply_to", in: room)
        let metadata = try data.object("metadata", limit: ChatLimits.metadataBytes) ?? Array("{}".utf8)
        do throws(Refusal) {
            try MessageLimits.check(content: content)
            if let clientID { try MessageLimits.check(clientID: clientID) }
        } catch {
            throw .refused(error)
        }

        let user = asker.user
        self.line =
            MessagePayload(
                userID: user.userID.rawValue, username: user.username, callsign: user.callsign,
                squadID: user.squadID.rawValue, roomID: room, content: content, messageType: type,
                timestamp: context.moment.text, rank: user.rank, role: user.role.rawValue, replyTo: replyTo,
                metadata: metadata, clientID: clientID
            ).encodedTail
        self.timestamp = context.moment.text
        self.replyTo = replyTo
        self.archived = context.archived.hasMessage
        self.once = context.once(
            rights: asker.permissions,
            over: Array(content.utf8), Array(type.utf8), metadata, Array((replyTo ?? "").utf8),
            for: context.limits.dedupeSeconds)
    }

    func fill(_ input: inout ScriptInput) {
        self.once.fill(&input)
        input.argument("timestamp", self.timestamp)
        input.argument("line", self.line)
        input.argument("reply_to", self.replyTo ?? "")
        input.argument("archived", self.archived)
    }

    func ask(_ archive: any MessageArchive) async throws -> ArchiveAnswer {
        .message(try await archive.message(self.replyTo ?? "", in: self.once.command.command.room))
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

    /// Without white space at both ends.
    private static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }
}
