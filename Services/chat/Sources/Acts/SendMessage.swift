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
    /// The number it gets, when nothing else comes between.
    var sequence = 0

    var roomID: String { self.head.command.room }

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

    /// By itself it has no number yet, and is refused one.
    var call: RedisScript.Call { SendMessages([self], epoch: "", isAlone: false).call }

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
    private let epoch: String
    private let isAlone: Bool

    /// - Parameters:
    ///   - messages: At least one, of one moment and one partition.
    ///   - epoch: The partition's.
    ///   - isAlone: Whether no entry before them is left in the stream, to be answered yet.
    init(_ messages: [SendMessage], epoch: String, isAlone: Bool) {
        self.messages = messages
        self.epoch = epoch
        self.isAlone = isAlone
    }

    func fill(_ input: inout ScriptInput) {
        guard let first = self.messages.first else { preconditionFailure("a call of no message") }
        let posted = self.messages.map { $0.posted(in: self.epoch) }
        var (rooms, channels) = (Places(), Places())
        var replies: [[UInt8]] = []
        let places = zip(self.messages, posted).map { message, posted in
            let room = rooms.place(of: message.roomID)
            guard let gateway = message.head.gateway else { return Place(room: room, channel: 0, end: 0) }
            let channel = channels.place(of: gateway)
            if channel > replies.count { replies.append([]) } else { replies[channel - 1].append(UInt8(ascii: "\n")) }
            message.reply(posted, in: self.epoch).write(to: &replies[channel - 1])
            return Place(room: room, channel: channel, end: replies[channel - 1].count)
        }
        input.reserve(
            keys: 3 + 5 * rooms.names.count + posted.count,
            arguments: 10 + 2 * channels.names.count + rooms.names.count + 12 * posted.count)
        HolderHead(keys: first.head.keys, fence: first.head.fence).fill(&input)
        input.key("COMMANDS", .stream, first.head.keys.commands)
        input.key("EVENTS", .unchecked, first.head.keys.events)
        input.argument("cursor", "\(first.head.cursor)")
        input.argument("epoch", self.epoch)
        input.argument("bound", first.head.outboxBound)
        input.argument("seconds", first.dedupeSeconds)
        input.argument("rooms_given", rooms.names.count)
        input.argument("channels_given", channels.names.count)
        input.argument("is_alone", self.isAlone)
        for (name, replies) in zip(channels.names, replies) {
            input.more([RedisArgument(RedisNames.gateway(name)), RedisArgument(replies)])
        }
        input.more(rooms.names.map { RedisArgument($0) })
        var filled = 0
        for (message, place) in zip(self.messages, places) where place.room > filled {
            let room = message.room
            for key in [room.room, room.log, room.live, room.messages, room.index] { input.anotherKey(.unchecked, key) }
            filled = place.room
        }
        for ((message, posted), place) in zip(zip(self.messages, posted), places) {
            message.fill(&input, posted, place)
        }
    }

    /// Of a message: its room's place and its channel's, from 1 (0: nobody waits for a reply), and where its reply ends.
    fileprivate struct Place {
        let room: Int
        let channel: Int
        let end: Int
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
    /// With its number.
    fileprivate func posted(in epoch: String) -> PostedMessage {
        PostedMessage(
            room: self.roomID, epoch: epoch, sequence: self.sequence, user: self.head.command.user, tail: self.line,
            timestamp: self.moment.text)
    }

    /// What its author hears.
    fileprivate func reply(_ posted: PostedMessage, in epoch: String) -> ChatReply {
        ChatReply(
            correlation: self.head.command.correlation ?? "", succeeded: true, room: self.roomID, epoch: epoch,
            sequence: self.sequence, rights: self.head.rights.rawValue, answer: posted.receipt)
    }

    fileprivate func fill(_ input: inout ScriptInput, _ posted: PostedMessage, _ place: SendMessages.Place) {
        let command = self.head.command
        input.anotherKey(
            .unchecked, self.head.keys.seen(room: command.room, author: command.user, id: command.id))
        // Digest and answer, by which a repeat is known.
        var mark: [UInt8] = []
        mark.reserveCapacity(self.digest.utf8.count + 1 + posted.receipt.count)
        mark.append(contentsOf: self.digest.utf8)
        mark.append(UInt8(ascii: "\n"))
        mark.append(contentsOf: posted.receipt)
        input.more([
            RedisArgument("\(self.head.entry)"), RedisArgument(place.room), RedisArgument(place.channel),
            RedisArgument(place.end), RedisArgument(self.sequence), RedisArgument(posted.messageID),
            RedisArgument(command.user), RedisArgument(posted.publication),
            RedisArgument([self.moment.digits, self.digest, command.id].joined(separator: " ")),
            RedisArgument(mark), RedisArgument(self.replyTo ?? ""), self.archived.map { $0 ? "1" : "0" } ?? "",
        ])
    }
}
