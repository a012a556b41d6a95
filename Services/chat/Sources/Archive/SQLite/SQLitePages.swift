import Database

/// What a command asks for that Redis has let go.
extension SQLiteArchive {
    func page(of room: String, before: Int?, limit: Int) async throws -> ArchivedPage {
        try await self.database.read { sql in
            // Where two histories went apart a seq stands twice: each is counted once.
            let sizes = try sql.query(
                "SELECT seq, length(json) AS size FROM messages WHERE room = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
                [.string(room), .int(before ?? .max), .int(2 * limit)]
            ).map { (sequence: try $0.int("seq"), bytes: try $0.int("size")) }
            let count = Self.fitting(sizes)
            let rows = try sql.query(
                "SELECT message, seq, last_change, json FROM messages WHERE room = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
                [.string(room), .int(before ?? .max), .int(count)]
            ).map { try MessageRow($0) }
            let isDoubled = zip(rows, rows.dropFirst()).contains { $0.sequence == $1.sequence }
            let chosen = isDoubled ? Self.latest(rows, try Self.epochs(of: room, sql)) : rows
            // The reactions of those alone that are shown.
            return ArchivedPage(
                through: try Self.highestSequence(of: room, sql),
                messages: try Self.messages(chosen.prefix(limit).map(\.row), sql),
                isCut: count < sizes.count && chosen.count < limit)
        }
    }

    /// How many of these messages are read at once: up to the one with which they are too many bytes, and whole seqs.
    private static func fitting(_ sizes: [(sequence: Int, bytes: Int)]) -> Int {
        var bytes = 0
        guard
            let last = sizes.firstIndex(where: { size in
                bytes += size.bytes
                return bytes > ChatLimits.pageBytes
            })
        else { return sizes.count }
        return sizes.lastIndex { $0.sequence == sizes[last].sequence }.map { $0 + 1 } ?? sizes.count
    }

    func sequence(ofMessage count: Int, before: Int, in room: String) async throws -> Int? {
        try await self.database.read { sql in
            // Where two histories went apart a seq stands twice.
            try sql.first(
                "SELECT DISTINCT seq FROM messages WHERE room = ? AND seq < ? ORDER BY seq DESC LIMIT 1 OFFSET ?",
                [.string(room), .int(before), .int(count - 1)])?.int("seq")
        }
    }

    func messages(_ questions: [MessageQuestion]) async throws -> [FoundMessage] {
        try await self.database.read { sql in
            var messages: [MessageQuestion: ArchivedMessage] = [:]
            var through: [String: Int] = [:]
            for (room, asked) in Dictionary(grouping: questions, by: \.room) {
                through[room] = try Self.highestSequence(of: room, sql)
                // Each once, however many ask for it.
                for message in Set(asked.map(\.message)) {
                    guard let key = MessageKey(message, in: room) else { continue }
                    messages[MessageQuestion(message: message, room: room)] = try Self.messages(
                        try sql.query(
                            """
                            SELECT message, seq, last_change, json FROM messages
                            WHERE room = ? AND seq = ? AND epoch = ?
                            """, [.string(room), .int(key.sequence), .string(key.epoch)]), sql
                    ).first
                }
            }
            return try questions.map { question in
                var found = messages[MessageQuestion(message: question.message, room: question.room)]
                if found != nil, let reaction = question.reaction {
                    found?.hasReaction = try Self.has(reaction, on: question.message, sql)
                    if let former = reaction.former {
                        found?.hasFormerReaction = try Self.has(
                            UserReaction(emoji: former, user: reaction.user), on: question.message, sql)
                    }
                }
                return FoundMessage(message: found, through: through[question.room] ?? 0)
            }
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
        // Each of the two is one look into an index.
        try sql.first(
            """
            SELECT max(coalesce((SELECT max(seq) FROM messages WHERE room = ?), 0),
                coalesce((SELECT max(seq) FROM events WHERE room = ?), 0)) AS seq
            """, [.string(room), .string(room)])?.int("seq") ?? 0
    }
}
