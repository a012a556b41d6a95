import Database

extension SQLiteArchive: DailyFileLedger {
    func roomsWithUnwrittenMessages(in partition: Int) async throws -> [String] {
        try await self.database.read { sql in
            try sql.query(
                "SELECT room FROM daily_progress WHERE partition = ? AND written < archived ORDER BY room",
                [.int(partition)]
            ).map { try $0.string("room") }
        }
    }

    func unwritten(in room: String, limit: Int) async throws -> UnwrittenMessages {
        try await self.database.read { sql in
            let written = try Self.written(of: room, sql)
            let lines = try Self.lines(
                """
                SELECT message, seq, last_change, day, json FROM messages WHERE room = ? AND seq > ? AND seq <= (SELECT max(seq) FROM
                (SELECT seq FROM messages WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?)) ORDER BY seq
                """, [.string(room), .int(written), .string(room), .int(written), .int(limit)], sql)
            var lengths: [String: Int] = [:]
            for day in Set(lines.map(\.day)) {
                lengths[day] = try sql.first(
                    "SELECT length FROM daily_lengths WHERE room = ? AND day = ?", [.string(room), .string(day)]
                )?.int("length")
            }
            return UnwrittenMessages(written: written, lines: lines, lengths: lengths)
        }
    }

    func lines(of room: String, on day: String, through sequence: Int) async throws -> [DailyLine] {
        try await self.database.read { sql in
            try Self.lines(
                "SELECT message, seq, last_change, day, json FROM messages WHERE room = ? AND day = ? AND seq <= ? ORDER BY seq",
                [.string(room), .string(day), .int(sequence)], sql)
        }
    }

    func note(_ written: [WrittenMessages]) async throws {
        try await self.database.write { sql in
            for one in written {
                let noted = try sql.execute(
                    "UPDATE daily_progress SET written = ? WHERE room = ? AND written = ?",
                    [.int(one.through), .string(one.room), .int(one.after)])
                guard noted > 0 else { continue }
                for (day, length) in one.lengths {
                    try sql.execute(
                        "INSERT OR REPLACE INTO daily_lengths (room, day, length) VALUES (?, ?, ?)",
                        [.string(one.room), .string(day), .int(length)])
                }
            }
        }
    }

    func roomsWithFiles(in partition: Int) async throws -> [String] {
        try await self.database.read { sql in
            try sql.query("SELECT room FROM daily_progress WHERE partition = ? ORDER BY room", [.int(partition)])
                .map { try $0.string("room") }
        }
    }

    func notedFiles(of room: String) async throws -> [DailyFileRecord] {
        try await self.database.read { sql in
            try sql.query(
                """
                SELECT daily_lengths.room AS room, day, length, written FROM daily_lengths
                JOIN daily_progress ON daily_progress.room = daily_lengths.room
                WHERE daily_lengths.room = ? ORDER BY day
                """, [.string(room)]
            ).map { row in
                DailyFileRecord(
                    room: try row.string("room"), day: try row.string("day"), length: try row.int("length"),
                    written: try row.int("written"))
            }
        }
    }

    /// Tells the follower of messages that were archived just now, in the transaction of their rows.
    ///
    /// - Parameter span: The lowest and the highest of their seqs.
    static func announce(_ span: ClosedRange<Int>, of room: String, in partition: Int, _ sql: SQLTransaction) throws {
        let written = try self.written(of: room, sql)
        try sql.execute(
            """
            INSERT INTO daily_progress (room, partition, archived, written) VALUES (?, ?, ?, 0)
            ON CONFLICT (room) DO UPDATE SET partition = excluded.partition, archived = max(archived, excluded.archived)
            """, [.string(room), .int(partition), .int(span.upperBound)])
        guard span.lowerBound <= written else { return }
        // A part of the past came later, from a Redis that was away: the days from there on are written anew.
        try sql.execute(
            """
            UPDATE daily_lengths SET length = -1 WHERE room = ? AND day IN
            (SELECT DISTINCT day FROM messages WHERE room = ? AND seq >= ?)
            """, [.string(room), .string(room), .int(span.lowerBound)])
        try sql.execute(
            "UPDATE daily_progress SET written = ? WHERE room = ?", [.int(span.lowerBound - 1), .string(room)])
    }

    /// Messages as they are now.
    private static func lines(
        _ question: String, _ arguments: [SQLValue], _ sql: SQLTransaction
    ) throws -> [DailyLine] {
        let rows = try sql.query(question, arguments)
        return try zip(rows, try self.messages(rows, sql)).map { row, message in
            DailyLine(sequence: message.sequence, day: try row.string("day"), json: message.json)
        }
    }

    private static func written(of room: String, _ sql: SQLTransaction) throws -> Int {
        try sql.first("SELECT written FROM daily_progress WHERE room = ?", [.string(room)])?.int("written") ?? 0
    }
}
