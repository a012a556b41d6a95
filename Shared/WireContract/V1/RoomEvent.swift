import Domain

/// One entry of the outbox: what happened in a room, for the archiver and the notifier.
///
/// Written by the same script that made it happen, so a message that exists and an entry that does not cannot both be true.
public struct RoomEvent: Sendable, Equatable {
    /// The names of the entry's fields in the stream.
    public enum Field {
        public static let event = "event"
        public static let room = "room"
        public static let epoch = "epoch"
        public static let sequence = "seq"
        public static let user = "user"
        public static let commandID = "id"
        public static let digest = "digest"
        public static let answer = "answer"
        public static let producedAt = "at"
        public static let message = "message"
        public static let flags = "flags"
        public static let json = "json"
        /// A message of a person stands in two fields: what was published, and `<at> <digest> <id>`. All else follows
        /// from these.
        public static let publication = "publication"
        public static let command = "command"
    }

    /// A word of ``Publication/Event``.
    public var event: String
    public var room: String
    public var epoch: String
    public var sequence: Int
    /// Who did it; empty when the suite itself did.
    public var user: String
    /// The command's id and the digest of its content: what makes a repeat known again from the archive.
    public var commandID: String
    public var digest: String
    /// The answer as the entry holds it; nil when it follows from the rest, as that of a person's message does.
    public var statedAnswer: [UInt8]?
    /// Milliseconds since 1970.
    public var producedAt: Int
    /// The message it is about; nil for rooms and members.
    public var message: String?
    public var flag: Publication.Flag
    /// What was published: begins with `{"seq":`.
    public var json: [UInt8]

    public init(
        event: String, room: String, epoch: String, sequence: Int, user: String, commandID: String, digest: String,
        answer: [UInt8]?, producedAt: Int, message: String?, flag: Publication.Flag = .none, json: [UInt8]
    ) {
        self.event = event
        self.room = room
        self.epoch = epoch
        self.sequence = sequence
        self.user = user
        self.commandID = commandID
        self.digest = digest
        self.statedAnswer = answer
        self.producedAt = producedAt
        self.message = message
        self.flag = flag
        self.json = json
    }

    /// What the command answered, JSON; of a reaction without what is on the message, and its last brace. Empty for events
    /// that answer nobody.
    public var answer: [UInt8] {
        self.statedAnswer
            ?? PostedMessage.receipt(
                messageID: Array((self.message ?? "").utf8), room: self.room, sequence: self.sequence,
                milliseconds: self.producedAt)
    }

    /// Reads an entry; nil when a required field is missing or malformed.
    public init?(reading field: (String) -> [UInt8]?) {
        if let publication = field(Field.publication) {
            self.init(posted: publication, by: field(Field.command) ?? [])
            return
        }
        func text(_ name: String) -> String? { field(name).flatMap { String(validating: $0, as: UTF8.self) } }
        guard let event = text(Field.event), let room = text(Field.room), let epoch = text(Field.epoch),
            let sequence = text(Field.sequence).flatMap({ Int($0) }), let json = field(Field.json),
            let flag = Publication.Flag(text(Field.flags) ?? "-")
        else { return nil }
        let message = text(Field.message) ?? ""
        self.init(
            event: event, room: room, epoch: epoch, sequence: sequence, user: text(Field.user) ?? "",
            commandID: text(Field.commandID) ?? "", digest: text(Field.digest) ?? "", answer: field(Field.answer) ?? [],
            producedAt: text(Field.producedAt).flatMap { Int($0) } ?? 0, message: message.isEmpty ? nil : message,
            flag: flag, json: json)
    }

    /// A message that a person posted.
    private init?(posted publication: [UInt8], by command: [UInt8]) {
        guard let publication = Publication(decoding: publication), publication.event == Publication.Event.newMessage,
            let sequence = publication.sequence
        else { return nil }
        let space = UInt8(ascii: " ")
        guard let first = command.firstIndex(of: space), let second = command[(first + 1)...].firstIndex(of: space),
            second > first + 1, second + 1 < command.count,
            let producedAt = Int(String(decoding: command[..<first], as: UTF8.self))
        else { return nil }
        let message = PostedMessage.id(room: publication.room, epoch: publication.epoch, sequence: sequence)
        self.init(
            event: publication.event, room: publication.room, epoch: publication.epoch, sequence: sequence,
            user: publication.user ?? "", commandID: String(decoding: command[(second + 1)...], as: UTF8.self),
            digest: String(decoding: command[(first + 1)..<second], as: UTF8.self), answer: nil, producedAt: producedAt,
            message: String(decoding: message, as: UTF8.self), flag: publication.flag, json: publication.json)
    }
}
