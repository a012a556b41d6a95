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

    /// What `part_creation.lua` makes a room of at its first use.
    static func creation(of room: Room, at timestamp: String, _ input: inout ScriptInput) {
        var name: [UInt8] = []
        JSONWriter.append(room.name, to: &name)
        input.argument("created", RoomCreatedPayload(room: room, timestamp: timestamp).encodedTail)
        input.argument("name", name)
        input.argument("squad", room.record.squadID?.rawValue ?? "")
        input.argument("record_json", room.record.encoded)
        input.argument(
            "welcome",
            self.system(
                room: room.roomID.rawValue, content: room.welcome, type: .system, at: timestamp,
                metadata: Array(#"{"type":"room_created"}"#.utf8)))
    }

    /// A message of the suite itself, `BITTEN Command`, after its epoch.
    static func system(
        room: String, content: String, type: MessageKind, at timestamp: String, metadata: [UInt8]
    ) -> [UInt8] {
        MessagePayload(
            userID: UserID.system.rawValue, username: "BITTEN Command", callsign: "HQ",
            squadID: SquadID.system.rawValue, roomID: room, content: content, messageType: type.rawValue,
            timestamp: timestamp, rank: "COMMAND", role: "system", metadata: metadata
        ).encodedTail
    }
}
