import JSON

/// The data of `connection_confirmed`, a gateway's first word to a client.
public struct ConnectionConfirmedPayload: Sendable, Equatable {
    public var userID: String
    /// RFC 3339, UTC, milliseconds.
    public var timestamp: String
    public var serverVersion: String

    public init(userID: String, timestamp: String, serverVersion: String) {
        self.userID = userID
        self.timestamp = timestamp
        self.serverVersion = serverVersion
    }

    public var encoded: [UInt8] {
        var json = JSONWriter()
        json.field("status", "connected")
        json.field("user_id", self.userID)
        json.field("timestamp", self.timestamp)
        json.field("server_version", self.serverVersion)
        return json.finish()
    }
}

/// What `ping` is answered: the service's time.
public struct PingAnswer: Sendable, Equatable {
    /// RFC 3339, UTC, milliseconds.
    public var timestamp: String

    public init(timestamp: String) {
        self.timestamp = timestamp
    }

    public var encoded: [UInt8] {
        var json = JSONWriter(capacity: 64)
        json.field("timestamp", self.timestamp)
        return json.finish()
    }
}
