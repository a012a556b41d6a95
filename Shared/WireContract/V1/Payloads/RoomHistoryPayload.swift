import JSON

/// The data of `room_history`: a room's newest page, after a join or in place of what cannot be told any more.
public struct RoomHistoryPayload: Sendable, Equatable {
    public var roomID: String
    public var epoch: String
    /// The room's last seq that the page takes in.
    public var sequence: Int
    /// A JSON array of messages, oldest first.
    public var messages: [UInt8]
    /// Whether there are older ones.
    public var hasMore: Bool
    /// See ``HistoryAnswer/ownReactions``.
    public var ownReactions: [UInt8]?

    public init(
        roomID: String, epoch: String, sequence: Int, messages: [UInt8], hasMore: Bool, ownReactions: [UInt8]? = nil
    ) {
        self.roomID = roomID
        self.epoch = epoch
        self.sequence = sequence
        self.messages = messages
        self.hasMore = hasMore
        self.ownReactions = ownReactions
    }

    public var encoded: [UInt8] {
        var json = JSONWriter(capacity: self.messages.count + 160)
        json.field("room_id", self.roomID)
        json.field("epoch", self.epoch)
        json.field("seq", self.sequence)
        json.field("messages", raw: self.messages)
        json.field("has_more", self.hasMore)
        if let own = self.ownReactions { json.field("own_reactions", raw: own) }
        return json.finish()
    }
}
