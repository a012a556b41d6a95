import Database

/// What a command asks for that Redis has let go.
extension SQLiteArchive {
    func page(of room: String, before: Int?, limit: Int) async throws -> ArchivedPage {
        try await self.database.read { sql in
            // Where two histories went apart a seq stands twice: each is counted once.
            let rows = try sql.query(
                "SELECT message, seq, json FROM messages WHERE room = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
                [.string(room), .int(before ?? .max), .int(2 * limit)]
            ).map { try ArchivedMessage($0) }
            let isDoubled = zip(rows, rows.dropFirst()).contains { $0.sequence == $1.sequence }
            let messages = isDoubled ? Self.latest(rows, try Self.epochs(of: room, sql)) : rows
            return ArchivedPage(
                through: try Self.highestSequence(of: room, sql), messages: Array(messages.prefix(limit)))
        }
    }

    func message(_ message: String, in room: String) async throws -> ArchivedMessage? {
        try await self.database.read { sql in
            try sql.first(
                "SELECT message, seq, json FROM messages WHERE message = ? AND room = ?",
                [.string(message), .string(room)]
            ).map { try ArchivedMessage($0) }
        }
    }

    func signal(_ signal: String, in room: String) async throws -> ArchivedMessage? {
        try await self.database.read { sql in
            try sql.first(
                "SELECT message, seq, json FROM messages WHERE room = ? AND signal = ? ORDER BY seq DESC LIMIT 1",
                [.string(room), .string(signal)]
            ).map { try ArchivedMessage($0) }
        }
    }

    static func highestSequence(of room: String, _ sql: SQLTransaction) throws -> Int {
        try sql.first("SELECT max(seq) AS seq FROM events WHERE room = ?", [.string(room)])?.optionalInt("seq") ?? 0
    }
}

extension ArchivedMessage {
    init(_ row: SQLRow) throws(SQLError) {
        self.init(
            id: try row.string("message"), sequence: try row.int("seq"), json: try row.data("json"))
    }
}
