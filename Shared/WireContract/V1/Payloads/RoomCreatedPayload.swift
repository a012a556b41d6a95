import JSON

/// The data of `room_created`, the first event of every room.
public struct RoomCreatedPayload: Sendable, Equatable {
    public var roomID: String
    public var name: String
    /// Empty for a room that belongs to no squad.
    public var squadID: String
    /// RFC 3339, UTC, milliseconds.
    public var timestamp: String

    public init(roomID: String, name: String, squadID: String, timestamp: String) {
        self.roomID = roomID
        self.name = name
        self.squadID = squadID
        self.timestamp = timestamp
    }

    /// Everything after `{"seq":1,`, the closing brace included.
    public var encodedTail: [UInt8] {
        var json = JSONWriter()
        json.field("room_id", self.roomID)
        json.field("name", self.name)
        json.field("squad_id", self.squadID)
        json.field("timestamp", self.timestamp)
        return Array(json.finish().dropFirst())
    }
}
