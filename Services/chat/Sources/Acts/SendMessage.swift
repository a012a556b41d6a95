import Domain
import Redis
import WireContract

/// `send_message {room_id, content, type?, metadata?, client_id?, reply_to?}`
///
/// The one act of which many are applied by one call: what they share is checked and written once.
struct SendMessage: Act {
    private static let noMetadata = Array("{}".utf8)

    fileprivate let context: CommandContext
    fileprivate let rights: Permissions
    fileprivate let digest: String
    /// The message after its epoch.
    fileprivate let line: [UInt8]
    fileprivate let replyTo: String?
    /// The number it gets, when nothing else comes between.
    var sequence = 0

    var roomID: String { self.context.command.room }

    nonisolated(nonsending) init(_ context: CommandContext) async throws(CommandFailure) {
        let asker = try await context.asker(with: [.read, .send])
        let room = context.command.room
        let data = try CommandData(context.command.data)
        let type = try data.string("type") ?? MessageKind.text.rawValue
        try Self.check(type: type)
        let content = Self.trimmed(try data.requiredString("content"))
        let clientID = try data.string("client_id")
        let replyTo = try data.messageID("reply_to", in: room)?.description
        let metadata = try data.object("metadata", limit: ChatLimits.metadataBytes) ?? Self.noMetadata
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
        self.context = context
        self.rights = asker.permissions
        var digest = ContentDigest(of: context.command.kind)
        digest.add(content.utf8)
        digest.add(type.utf8)
        digest.add(metadata)
        digest.add((replyTo ?? "").utf8)
        self.digest = digest.digits
    }

    /// By itself it has no number yet, and is refused one.
    var call: RedisScript.Call { SendMessages([self], epoch: "", isAlone: false).call }

    var asked: MessageQuestion? {
        self.replyTo.map { MessageQuestion(message: $0, room: self.roomID) }
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
        // Most texts begin and end with what is none for certain.
        let plain: ClosedRange<UInt8> = 0x21...0x7E
        if let first = text.utf8.first, let last = text.utf8.last, plain ~= first, plain ~= last { return text }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }
}

/// Messages of one batch that follow each other, in one call.
struct SendMessages: ScriptCall {
    static let script = ChatScript.holder(
        "send_messages", PackageResources.send_messages_lua, atMemoryLimit: .isRefused)
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
        guard let first = self.messages.first?.context else { preconditionFailure("a call of no message") }
        var (rooms, channels) = (Places(), Places())
        var replies: [[UInt8]] = []
        var (roomKeys, roomNames) = (RedisArguments(), RedisArguments())
        var letters = Letters(most: self.messages.count)
        for message in self.messages {
            let posted = message.posted(in: self.epoch)
            let place = rooms.place(of: message.roomID)
            if place > roomNames.count {
                let room = message.context.room
                for key in [room.room, room.log, room.live, room.messages, room.index] { roomKeys.append(key) }
                roomNames.append(message.roomID)
            }
            var (way, end) = (0, 0)
            if let gateway = message.gateway {
                way = channels.place(of: gateway)
                if way > replies.count { replies.append([]) } else { replies[way - 1].append(UInt8(ascii: "\n")) }
                message.reply(posted, in: self.epoch).write(to: &replies[way - 1])
                end = replies[way - 1].count
            }
            letters.add(message, posted, room: place, channel: way, end: end)
        }
        HolderHead(keys: first.keys, fence: first.fence).fill(&input)
        input.key("COMMANDS", .stream, first.keys.commands)
        input.key("EVENTS", .unchecked, first.keys.events)
        input.argument("cursor", "\(first.cursor)")
        input.argument("epoch", self.epoch)
        input.argument("bound", first.limits.outboxBound)
        input.argument("seconds", first.limits.dedupeSeconds)
        input.argument("rooms_given", roomNames.count)
        input.argument("channels_given", replies.count)
        input.argument("is_alone", self.isAlone)
        for (name, replies) in zip(channels.names, replies) {
            input.more([RedisArgument(RedisNames.gateway(name)), RedisArgument(replies)])
        }
        input.more(roomNames)
        input.moreKeys(roomKeys)
        input.moreKeys(letters.seen)
        input.more(letters.arguments)
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

    /// What the script is given of each message, put together in one piece.
    private struct Letters {
        private(set) var seen = RedisArguments()
        private(set) var arguments = RedisArguments()
        /// Used again for each text, so that none is an array of its own.
        private var text: [UInt8] = []

        init(most count: Int) {
            self.seen.reserveCapacity(lengthInBytes: 96 * count)
            self.arguments.reserveCapacity(lengthInBytes: 1_536 * count)
            self.text.reserveCapacity(512)
        }

        /// - Parameters:
        ///   - room: The place of its room, from 1.
        ///   - channel: The place of its channel; 0 when nobody waits for a reply.
        ///   - end: Where its reply ends in those of the channel.
        mutating func add(_ message: SendMessage, _ posted: PostedMessage, room: Int, channel: Int, end: Int) {
            let (context, command) = (message.context, message.context.command)
            self.text.removeAll(keepingCapacity: true)
            context.keys.writeSeen(room: command.room, author: command.user, id: command.id, to: &self.text)
            self.seen.append(self.text)

            self.arguments.append(context.entry.id)
            self.arguments.append(room)
            self.arguments.append(channel)
            self.arguments.append(end)
            self.arguments.append(message.sequence)
            self.arguments.append(posted.messageID)
            self.arguments.append(command.user)
            self.arguments.append(posted.publication)
            self.text.removeAll(keepingCapacity: true)
            self.text.append(contentsOf: context.moment.digits.utf8)
            self.text.append(UInt8(ascii: " "))
            self.text.append(contentsOf: message.digest.utf8)
            self.text.append(UInt8(ascii: " "))
            self.text.append(contentsOf: command.id.utf8)
            self.arguments.append(self.text)
            // Digest and answer, by which a repeat is known.
            self.text.removeAll(keepingCapacity: true)
            self.text.append(contentsOf: message.digest.utf8)
            self.text.append(UInt8(ascii: "\n"))
            self.text.append(contentsOf: posted.receipt)
            self.arguments.append(self.text)
            self.arguments.append(message.replyTo ?? "")
            self.arguments.append(context.archived.hasMessage.map { $0 ? "1" : "0" } ?? "")
        }
    }
}

extension SendMessage {
    /// Who waits for the answer; nil when nobody does.
    fileprivate var gateway: String? {
        self.context.command.correlation == nil ? nil : self.context.command.gateway
    }

    /// With its number.
    fileprivate func posted(in epoch: String) -> PostedMessage {
        PostedMessage(
            room: self.roomID, epoch: epoch, sequence: self.sequence, user: self.context.command.user, tail: self.line,
            timestamp: self.context.moment.text)
    }

    /// What its author hears.
    fileprivate func reply(_ posted: PostedMessage, in epoch: String) -> ChatReply {
        ChatReply(
            correlation: self.context.command.correlation ?? "", succeeded: true, room: self.roomID, epoch: epoch,
            sequence: self.sequence, rights: self.rights.rawValue, answer: posted.receipt)
    }
}
