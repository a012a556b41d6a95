public import Domain
import JSON

/// What `join_squad_room` is answered; the newest page follows as ``RoomHistoryPayload``.
public struct JoinAnswer: Sendable, Equatable {
    public var roomID: String
    /// JSON string with its quotes, as the room's hash keeps it.
    public var name: [UInt8]
    /// Empty for a room that belongs to no squad.
    public var squadID: String
    public var epoch: String
    /// The room's last seq.
    public var sequence: Int
    public var permissions: Permissions
    /// A JSON array: each a ``MemberPayload`` with `online`.
    public var members: [UInt8]
    /// Of all members, however many are listed.
    public var headcount: Headcount?

    public init(
        roomID: String, name: [UInt8], squadID: String, epoch: String, sequence: Int, permissions: Permissions,
        members: [UInt8], headcount: Headcount? = nil
    ) {
        self.roomID = roomID
        self.name = name
        self.squadID = squadID
        self.epoch = epoch
        self.sequence = sequence
        self.permissions = permissions
        self.members = members
        self.headcount = headcount
    }

    public var encoded: [UInt8] {
        var json = JSONWriter(capacity: self.members.count + 256)
        json.field("room_id", self.roomID)
        json.field("name", raw: self.name)
        json.field("squad_id", self.squadID)
        json.field("epoch", self.epoch)
        json.field("seq", self.sequence)
        json.field("permissions", self.permissions.names)
        json.field("members", raw: self.members)
        self.headcount?.append(to: &json)
        return json.finish()
    }
}

/// How many belong to a room, and how many of them are there.
public struct Headcount: Sendable, Equatable {
    public var members: Int
    public var online: Int

    public init(members: Int, online: Int) {
        self.members = members
        self.online = online
    }

    fileprivate func append(to json: inout JSONWriter) {
        json.field("member_count", self.members)
        json.field("online_count", self.online)
    }
}

/// What `resume` is answered; what was missed follows, or a page.
public struct ResumeAnswer: Sendable, Equatable {
    public var roomID: String
    public var epoch: String
    /// The room's last seq.
    public var sequence: Int
    /// Whether what follows is all that was missed; else a page follows, and the client begins anew with it.
    public var isRecovered: Bool
    public var headcount: Headcount?

    public init(
        roomID: String, epoch: String, sequence: Int, isRecovered: Bool, headcount: Headcount? = nil
    ) {
        self.roomID = roomID
        self.epoch = epoch
        self.sequence = sequence
        self.isRecovered = isRecovered
        self.headcount = headcount
    }

    public var encoded: [UInt8] {
        var json = JSONWriter()
        json.field("room_id", self.roomID)
        json.field("epoch", self.epoch)
        json.field("seq", self.sequence)
        json.field("recovered", self.isRecovered)
        self.headcount?.append(to: &json)
        return json.finish()
    }
}

/// What `fetch_history` is answered.
public struct HistoryAnswer: Sendable, Equatable {
    public var roomID: String
    /// A JSON array of messages, oldest first.
    public var messages: [UInt8]
    /// Whether there are older ones.
    public var hasMore: Bool
    /// A JSON object: message id → emoji that the asker has set on it, of those on which there are any; nil when it is not
    /// for one asker.
    public var ownReactions: [UInt8]?

    public init(roomID: String, messages: [UInt8], hasMore: Bool, ownReactions: [UInt8]? = nil) {
        self.roomID = roomID
        self.messages = messages
        self.hasMore = hasMore
        self.ownReactions = ownReactions
    }

    public var encoded: [UInt8] {
        var json = JSONWriter(capacity: self.messages.count + 128)
        json.field("room_id", self.roomID)
        json.field("messages", raw: self.messages)
        json.field("has_more", self.hasMore)
        if let own = self.ownReactions { json.field("own_reactions", raw: own) }
        return json.finish()
    }
}
