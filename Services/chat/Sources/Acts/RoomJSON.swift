import Domain
import JSON
import WireContract

/// The JSON that chat writes about rooms and members, and the lines it speaks itself.
enum RoomJSON {
    /// A member after `{"seq":…,`, the closing brace included.
    static func member(_ user: DirectoryUser) -> [UInt8] {
        MemberPayload(
            userID: user.userID.rawValue, username: user.username, callsign: user.callsign, rank: user.rank,
            role: user.role.rawValue
        ).encodedTail
    }

    /// `user_joined`, `user_left`.
    ///
    /// - Parameter username: The id when the directory does not know the user any more.
    static func presence(of userID: String, username: String?, at timestamp: String) -> [UInt8] {
        PresencePayload(userID: userID, username: username ?? userID, timestamp: timestamp).encoded
    }

    /// A room's name as a JSON string with its quotes.
    static func name(of room: Room) -> [UInt8] {
        var bytes: [UInt8] = []
        JSONWriter.append(room.name, to: &bytes)
        return bytes
    }

    /// The first line of a room, after its epoch.
    static func welcome(to room: Room, at timestamp: String) -> [UInt8] {
        self.system(
            room: room.roomID.rawValue, content: room.welcome, type: .system, at: timestamp,
            metadata: Array(#"{"type":"room_created"}"#.utf8))
    }

    /// A message of the suite itself, after its epoch.
    static func system(
        room: String, content: String, type: MessageKind, at timestamp: String, metadata: [UInt8]
    ) -> [UInt8] {
        let author = MessageAuthor.system
        return MessagePayload(
            userID: author.userID.rawValue, username: author.username, callsign: author.callsign,
            squadID: author.squadID.rawValue, roomID: room, content: content, messageType: type.rawValue,
            timestamp: timestamp, rank: author.rank, role: "system", metadata: metadata
        ).encodedTail
    }

    static func permissions(_ permissions: Permissions) -> [UInt8] {
        var bytes: [UInt8] = []
        JSONWriter.append(permissions.names, to: &bytes)
        return bytes
    }
}
