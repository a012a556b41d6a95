import JSON

/// A message as browsers receive it and as Redis keeps it; field for field that of the original page, with ours added.
///
/// Encoded once, by chat. `seq`, `message_id` and `epoch` are known last, so ``encodedTail`` leaves them out; they are put in
/// front when a message gets its number.
public struct MessagePayload: Sendable, Equatable {
    public var userID: String
    public var username: String
    public var callsign: String
    public var squadID: String
    public var roomID: String
    public var content: String
    /// Lower-case kind, for example `text` or `trade_signal`.
    public var messageType: String
    /// RFC 3339, UTC, milliseconds.
    public var timestamp: String
    public var rank: String
    public var role: String
    public var replyTo: String?
    /// One JSON object without line breaks.
    public var metadata: [UInt8]
    public var clientID: String?

    public init(
        userID: String, username: String, callsign: String, squadID: String, roomID: String, content: String,
        messageType: String, timestamp: String, rank: String, role: String,
        replyTo: String? = nil, metadata: [UInt8] = Array("{}".utf8), clientID: String? = nil
    ) {
        self.userID = userID
        self.username = username
        self.callsign = callsign
        self.squadID = squadID
        self.roomID = roomID
        self.content = content
        self.messageType = messageType
        self.timestamp = timestamp
        self.rank = rank
        self.role = role
        self.replyTo = replyTo
        self.metadata = metadata
        self.clientID = clientID
    }

    public static func == (left: Self, right: Self) -> Bool { left.encodedTail == right.encodedTail }

    /// Everything after `{"seq":41,"message_id":"…","epoch":"…",`, the closing brace included.
    public var encodedTail: [UInt8] {
        var json = JSONWriter(continuing: 384 + self.content.utf8.count + self.metadata.count)
        json.field("user_id", self.userID)
        json.field("username", self.username)
        json.field("callsign", self.callsign)
        json.field("squad_id", self.squadID)
        json.field("room_id", self.roomID)
        json.field("content", self.content)
        json.field("message_type", self.messageType)
        json.field("timestamp", self.timestamp)
        json.field("edited", false)
        json.field("edited_at", nil as String?)
        json.field("rank", self.rank)
        json.field("role", self.role)
        json.field("reactions", literal: "{}")  // nobody yet; whoever hands it out later puts in ``ReactionsPayload``
        json.field("reply_to", self.replyTo)
        json.field("metadata", raw: self.metadata)
        json.field("encrypted", false)
        if let clientID = self.clientID { json.field("client_id", clientID) }
        return json.finish()
    }

    /// The head that completes ``encodedTail``. The script that posts what the suite itself says builds the same.
    public static func head(sequence: Int, messageID: some Sequence<UInt8>, epoch: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(128)
        bytes.write("{\"seq\":")
        bytes.write(String(sequence))
        bytes.write(",\"message_id\":\"")
        bytes.append(contentsOf: messageID)
        bytes.write("\",\"epoch\":\"")
        bytes.write(epoch)
        bytes.write("\",")
        return bytes
    }
}
