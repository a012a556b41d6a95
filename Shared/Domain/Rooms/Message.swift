/// What a message is. The raw values are on the wire.
public enum MessageKind: String, CaseIterable, Codable, Hashable, Sendable {
    case text
    case emojiReaction = "emoji_reaction"
    case gif
    case image
    case file
    case voice
    /// A line of the suite itself.
    case system
    /// A trading signal; `metadata` holds the numbers.
    case tradeSignal = "trade_signal"
}

/// Who wrote a message, as they were when they wrote it.
public struct MessageAuthor: Hashable, Sendable {
    public let userID: UserID
    public let username: String
    public let callsign: String
    public let squadID: SquadID
    public let rank: String
    /// `nil` for the suite itself, which has no role.
    public let role: Role?

    public init(
        userID: UserID, username: String, callsign: String, squadID: SquadID, rank: String, role: Role?
    ) {
        self.userID = userID
        self.username = username
        self.callsign = callsign
        self.squadID = squadID
        self.rank = rank
        self.role = role
    }

    public init(_ user: DirectoryUser) {
        self.init(
            userID: user.userID, username: user.username, callsign: user.callsign, squadID: user.squadID,
            rank: user.rank, role: user.role)
    }

    /// The suite itself: `BITTEN Command`, shown as `HQ`.
    public static let system = MessageAuthor(
        userID: .system, username: "BITTEN Command", callsign: "HQ", squadID: .system, rank: "COMMAND", role: nil)
}

/// One message of a room.
public struct Message: Hashable, Sendable {
    /// Room, epoch and sequence in one.
    public let messageID: MessageID
    public let author: MessageAuthor
    public var content: String
    public let kind: MessageKind
    public let timestamp: Timestamp
    /// When the author last changed it; `nil` when never.
    public var editedAt: Timestamp?
    public var reactions: Reactions
    /// The message this one answers.
    public let replyTo: MessageID?
    /// A JSON object as text, without line breaks. The domain carries it and does not look inside.
    public var metadata: String
    public let isEncrypted: Bool
    /// The author's own name for the message, by which a repeat is known; `nil` when the client gave none.
    public let clientID: String?

    public var roomID: RoomID { self.messageID.room }
    public var sequence: Int { self.messageID.sequence }
    public var epoch: String { self.messageID.epoch }
    public var isEdited: Bool { self.editedAt != nil }

    public init(
        messageID: MessageID, author: MessageAuthor, content: String, kind: MessageKind, timestamp: Timestamp,
        editedAt: Timestamp? = nil, reactions: Reactions = Reactions(), replyTo: MessageID? = nil,
        metadata: String = "{}", isEncrypted: Bool = false, clientID: String? = nil
    ) {
        self.messageID = messageID
        self.author = author
        self.content = content
        self.kind = kind
        self.timestamp = timestamp
        self.editedAt = editedAt
        self.reactions = reactions
        self.replyTo = replyTo
        self.metadata = metadata
        self.isEncrypted = isEncrypted
        self.clientID = clientID
    }
}
