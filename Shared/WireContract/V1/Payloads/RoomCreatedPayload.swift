public import Domain
import JSON

/// The data of `room_created`, the first event of every room.
public struct RoomCreatedPayload: Sendable, Equatable {
    public var room: Room
    /// RFC 3339, UTC, milliseconds.
    public var timestamp: String

    public init(room: Room, timestamp: String) {
        self.room = room
        self.timestamp = timestamp
    }

    /// Everything after `{"seq":1,`, the closing brace included.
    public var encodedTail: [UInt8] {
        var json = JSONWriter()
        json.field("room_id", self.room.roomID.rawValue)
        json.field("name", self.room.name)
        // Empty for a room that belongs to no squad.
        json.field("squad_id", self.room.record.squadID?.rawValue ?? "")
        json.field("timestamp", self.timestamp)
        json.field("record", raw: self.room.record.encoded)
        return Array(json.finish().dropFirst())
    }
}
