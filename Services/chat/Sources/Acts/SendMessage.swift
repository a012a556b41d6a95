import Domain
import Redis
import WireContract

/// `send_message {room_id, content, type?, metadata?, client_id?, reply_to?}`
///
/// The one act of which many are applied by one call: what they share is checked and written once.
struct SendMessage: Act {
    fileprivate let head: CommandHead
    fileprivate let room: RoomKeys
    fileprivate let digest: String
    fileprivate let moment: Moment
    fileprivate let dedupeSeconds: Int
    /// The message after its epoch.
    fileprivate let line: [UInt8]
    fileprivate let replyTo: String?
    fileprivate let archived: Bool?

    init(_ context: CommandContext) async throws(CommandFailure) {
        let asker = try await context.asker(with: [.read, .send])
        let room = context.command.room
        let data = try CommandData(context.command.data)
        let type = try data.string("type") ?? MessageKind.text.rawValue
        try Self.check(type: type)
        let content = Self.trimmed(try data.requiredString("content"))
        let clientID = try data.string("client_id")
        let replyTo = try data.messageID("reply_to", in: room)?.description
        let metadata = try data.object("metadata", limit: ChatLimits.metadataBytes) ?? Array("{}".utf8)
        do throws(Refusal) {
            try MessageLimits.check(content: content, in: asker.room.record.limits)
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
        self.replyTo = replyTo
        self.archived = context.archived.hasMessage
        self.head = context.head(rights: asker.permissions)
        self.room = context.room
        self.moment = context.moment
        self.dedupeSeconds = context.limits.dedupeSeconds
        self.digest = context.digest(
            Array(content.utf8), Array(type.utf8), metadata, Array((replyTo ?? "").utf8))
    }

    var call: RedisScript.Call { SendMessages([self], isAlone: false).call }

    var asked: MessageQuestion? {
        self.replyTo.map { MessageQuestion(message: $0, room: self.head.command.room) }
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

/// Messages of one batch that follow each other, in one call.
struct SendMessages: ScriptCall {
    static let script = ChatScript.holder("send_messages", PackageResources.send_messages_lua)
    /// Few enough that nobody waits long for the script, and many enough that what is done once costs little.
    static let most = 64

    private let messages: [SendMessage]
    private let isAlone: Bool

    /// - Parameters:
    ///   - messages: At least one, of one moment and one partition.
    ///   - isAlone: Whether no entry before them is left in the stream, to be answered yet.
    init(_ messages: [SendMessage], isAlone: Bool) {
        self.messages = messages
        self.isAlone = isAlone
    }

    func fill(_ input: inout ScriptInput) {
        guard let first = self.messages.first else { preconditionFailure("a call of no message") }
        var (rooms, ways) = (Places(), Places())
        // Of each message the place of its room and of its channel.
        let places = self.messages.map { message in
            (rooms.place(of: message.head.command.room), message.head.gateway.map { ways.place(of: $0) } ?? 0)
        }
        input.reserve(
            keys: 3 + 5 * rooms.names.count + self.messages.count,
            arguments: 11 + ways.names.count + rooms.names.count + 10 * self.messages.count)
        HolderHead(keys: first.head.keys, fence: first.head.fence).fill(&input)
        input.key("COMMANDS", .stream, first.head.keys.commands)
        input.key("EVENTS", .unchecked, first.head.keys.events)
        input.argument("cursor", "\(first.head.cursor)")
        input.argument("bound", first.head.outboxBound)
        input.argument("now_ms", first.moment.milliseconds)
        input.argument("timestamp", first.moment.text)
        input.argument("seconds", first.dedupeSeconds)
        input.argument("rooms_given", rooms.names.count)
        input.argument("channels_given", ways.names.count)
        input.argument("is_alone", self.isAlone)
        input.more(ways.names.map { RedisArgument(RedisNames.gateway($0)) })
        input.more(rooms.names.map { RedisArgument($0) })
        var filled = 0
        for (message, (place, _)) in zip(self.messages, places) where place > filled {
            let room = message.room
            for key in [room.room, room.log, room.live, room.messages, room.index] { input.anotherKey(.unchecked, key) }
            filled = place
        }
        for (message, (place, way)) in zip(self.messages, places) { message.fill(&input, place: place, way: way) }
    }

    /// Names in the order in which they were first met, from 1.
    private struct Places {
        private(set) var names: [String] = []
        private var known: [String: Int] = [:]

        mutating func place(of name: String) -> Int {
            if self.names.last == name { return self.names.count }
            if let place = self.known[name] { return place }
            self.names.append(name)
            self.known[name] = self.names.count
            return self.names.count
        }
    }
}

extension SendMessage {
    fileprivate func fill(_ input: inout ScriptInput, place: Int, way: Int) {
        let command = self.head.command
        input.anotherKey(
            .unchecked, self.head.keys.seen(room: command.room, author: command.user, id: command.id))
        input.more([
            RedisArgument("\(self.head.entry)"), RedisArgument(place), RedisArgument(way), self.head.correlation,
            RedisArgument(self.head.rights.rawValue), RedisArgument(command.user),
            RedisArgument("\(self.digest) \(command.id)"), RedisArgument(self.line), RedisArgument(self.replyTo ?? ""),
            self.archived.map { $0 ? "1" : "0" } ?? "",
        ])
    }
}
