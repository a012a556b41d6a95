import Database

/// What a command asks for that Redis has let go.
extension SQLiteArchive {
    func page(of room: String, before: Int?, limit: Int) async throws -> ArchivedPage {
        try await self.database.read { sql in
            // Where two histories went apart a seq stands twice: each is counted once.
            let rows = try Self.messages(
                try sql.query(
                    "SELECT message, seq, last_change, json FROM messages WHERE room = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
                    [.string(room), .int(before ?? .max), .int(2 * limit)]), sql)
            let isDoubled = zip(rows, rows.dropFirst()).contains { $0.sequence == $1.sequence }
            let messages = isDoubled ? Self.latest(rows, try Self.epochs(of: room, sql)) : rows
            return ArchivedPage(
                through: try Self.highestSequence(of: room, sql), messages: Array(messages.prefix(limit)))
        }
    }

    func message(
        _ message: String, in room: String, with reaction: UserReaction?
    ) async throws -> ArchivedMessage? {
        try await self.database.read { sql in
            var found = try Self.messages(
                try sql.query(
                    "SELECT message, seq, last_change, json FROM messages WHERE message = ? AND room = ?",
                    [.string(message), .string(room)]), sql
            ).first
            if let reaction { found?.hasReaction = try Self.has(reaction, on: message, sql) }
            return found
        }
    }

    func signal(_ signal: String, in room: String) async throws -> ArchivedMessage? {
        try await self.database.read { sql in
            try Self.messages(
                try sql.query(
                    "SELECT message, seq, last_change, json FROM messages WHERE room = ? AND signal = ? ORDER BY seq DESC LIMIT 1",
                    [.string(room), .string(signal)]), sql
            ).first
        }
    }

    static func highestSequence(of room: String, _ sql: SQLTransaction) throws -> Int {
        try sql.first("SELECT max(seq) AS seq FROM events WHERE room = ?", [.string(room)])?.optionalInt("seq") ?? 0
    }
}
