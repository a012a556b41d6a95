import JSON

/// A member of a room: in the answer to a join, and the data of `member_added` and `member_updated`.
///
/// `seq` is known only inside the script that records the event, so ``encodedTail`` leaves it out and the script puts it
/// in front.
public struct MemberPayload: Sendable, Equatable {
    public var userID: String
    public var username: String
    public var callsign: String
    public var rank: String
    public var role: String

    public init(userID: String, username: String, callsign: String, rank: String, role: String) {
        self.userID = userID
        self.username = username
        self.callsign = callsign
        self.rank = rank
        self.role = role
    }

    /// Everything after `{"seq":41,`, the closing brace included.
    public var encodedTail: [UInt8] {
        var json = JSONWriter()
        json.field("user_id", self.userID)
        json.field("username", self.username)
        json.field("callsign", self.callsign)
        json.field("rank", self.rank)
        json.field("role", self.role)
        return Array(json.finish().dropFirst())
    }
}

/// The data of `member_removed`: who lost the room, and why.
public struct MemberRemovedPayload: Sendable, Equatable {
    public var userID: String
    /// The id when nobody knows the user any more.
    public var username: String
    /// One line for the one who was removed.
    public var reason: String

    public init(userID: String, username: String, reason: String) {
        self.userID = userID
        self.username = username
        self.reason = reason
    }

    /// Everything after `{"seq":41,`, the closing brace included.
    public var encodedTail: [UInt8] {
        var json = JSONWriter()
        json.field("user_id", self.userID)
        json.field("username", self.username)
        json.field("reason", self.reason)
        return Array(json.finish().dropFirst())
    }
}
