import JSON

/// The data of `user_joined` and `user_left`: somebody's first socket in the room came, or the last was gone for good.
public struct PresencePayload: Sendable, Equatable {
    public var userID: String
    /// The id when nobody knows the user any more.
    public var username: String
    /// RFC 3339, UTC, milliseconds.
    public var timestamp: String

    public init(userID: String, username: String, timestamp: String) {
        self.userID = userID
        self.username = username
        self.timestamp = timestamp
    }

    public var encoded: [UInt8] {
        var json = JSONWriter()
        json.field("user_id", self.userID)
        json.field("username", self.username)
        json.field("timestamp", self.timestamp)
        return json.finish()
    }
}

/// The data of `user_typing` and `user_stopped_typing`.
public struct TypingPayload: Sendable, Equatable {
    public var userID: String
    public var username: String
    public var roomID: String

    public init(userID: String, username: String, roomID: String) {
        self.userID = userID
        self.username = username
        self.roomID = roomID
    }

    public var encoded: [UInt8] {
        var json = JSONWriter()
        json.field("user_id", self.userID)
        json.field("username", self.username)
        json.field("room_id", self.roomID)
        return json.finish()
    }
}
