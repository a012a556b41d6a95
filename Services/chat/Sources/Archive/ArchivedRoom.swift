import Database

/// A room as the archive knows it.
struct ArchivedRoom: Sendable {
    let room: String
    /// JSON string with its quotes.
    let name: String
    let squad: String
    let created: Int
    let members: [ArchivedMember]
}

struct ArchivedMember: Sendable {
    let user: String
    let json: [UInt8]
}

/// One event as the archive holds it.
struct ArchivedEvent: Sendable {
    let sequence: Int
    let event: String
    let message: String
    let user: String
    let flags: String
    let json: [UInt8]
}

/// What a command answered.
struct ArchivedMark: Sendable {
    let author: String
    let id: String
    let digest: String
    let answer: [UInt8]
    /// Milliseconds since 1970.
    let producedAt: Int
}

/// What Redis may have lost of one room.
struct RoomRecord: Sendable {
    /// 0 when the archive knows nothing of the room.
    let highestSequence: Int
    /// `epoch:start` of each epoch with an event, in order.
    let epochs: String
    let events: [ArchivedEvent]
    /// Oldest first.
    let messages: [ArchivedMessage]
    /// Whether there are messages older than ``messages``.
    let hasOlderMessages: Bool
    let marks: [ArchivedMark]
    let members: [ArchivedMember]
}

extension MessageArchive {
    func rooms(of partition: Int) async throws -> [ArchivedRoom] {
        try await self.database.read { sql in
            try sql.query(
                "SELECT room, name, squad, created FROM rooms WHERE partition = ? ORDER BY room", [.int(partition)]
            ).map { row in
                let room = try row.string("room")
                return ArchivedRoom(
                    room: room, name: try row.string("name"), squad: try row.string("squad"),
                    created: try row.int("created"), members: try Self.members(of: room, sql))
            }
        }
    }

    func highestSequence(of room: String) async throws -> Int {
        try await self.database.read { try Self.highestSequence(of: room, $0) }
    }

    /// What the archive holds of a room beyond what Redis has.
    ///
    /// - Parameters:
    ///   - sequence: The room's last seq in Redis.
    ///   - count: Most events and messages.
    ///   - moment: Marks older than `seconds` before it are left out.
    func record(
        of room: String, after sequence: Int, count: Int, markedSince moment: Int
    ) async throws -> RoomRecord {
        try await self.database.read { sql in
            let events = try sql.query(
                """
                SELECT seq, event, message, user, flags, json FROM events WHERE room = ? AND seq > ?
                ORDER BY seq DESC LIMIT ?
                """, [.string(room), .int(sequence), .int(count)]
            ).reversed().map { row in
                ArchivedEvent(
                    sequence: try row.int("seq"), event: try row.string("event"), message: try row.string("message"),
                    user: try row.string("user"), flags: try row.string("flags"), json: try row.data("json"))
            }
            let messages = try sql.query(
                "SELECT message, seq, json FROM messages WHERE room = ? AND changed > ? ORDER BY seq DESC LIMIT ?",
                [.string(room), .int(sequence), .int(count + 1)]
            ).map { try ArchivedMessage($0) }
            let epochs = try sql.query(
                "SELECT epoch, min(seq) AS start FROM events WHERE room = ? GROUP BY epoch ORDER BY start",
                [.string(room)]
            ).map { "\(try $0.string("epoch")):\(try $0.int("start"))" }
            let marks = try sql.query(
                """
                SELECT user, id, digest, answer, at FROM events
                WHERE room = ? AND seq > ? AND id IS NOT NULL AND digest <> '' AND at > ? ORDER BY seq DESC LIMIT 20000
                """, [.string(room), .int(sequence), .int(moment)]
            ).map { row in
                ArchivedMark(
                    author: try row.string("user"), id: try row.string("id"), digest: try row.string("digest"),
                    answer: try row.data("answer"), producedAt: try row.int("at"))
            }
            return RoomRecord(
                highestSequence: try Self.highestSequence(of: room, sql), epochs: epochs.joined(separator: " "),
                events: Array(events), messages: messages.prefix(count).reversed(),
                hasOlderMessages: messages.count > count, marks: marks, members: try Self.members(of: room, sql))
        }
    }

    private static func members(of room: String, _ sql: SQLTransaction) throws -> [ArchivedMember] {
        try sql.query("SELECT user, json FROM members WHERE room = ? ORDER BY user", [.string(room)]).map {
            ArchivedMember(user: try $0.string("user"), json: try $0.data("json"))
        }
    }
}
