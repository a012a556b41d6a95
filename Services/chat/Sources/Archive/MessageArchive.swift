import Database
import Domain

/// The archive as chat reads it: SQL, where everything said is kept.
struct MessageArchive: Sendable {
    let database: SQLDatabase
    let files: DailyFiles

    /// Makes the tables, and the archive's identity at its first start.
    ///
    /// - Returns: The identity.
    /// - Throws: ``ArchiveError/otherPartitionCount(stored:configured:)``
    func prepare(partitions: Int, newIdentity: String) async throws -> String {
        try await self.database.migrate(ArchiveSchema.migrations)
        return try await self.database.write { sql in
            try sql.execute(
                "INSERT OR IGNORE INTO archive (id, identity, partitions) VALUES (1, ?, ?)",
                [.string(newIdentity), .int(partitions)])
            guard let row = try sql.first("SELECT identity, partitions FROM archive WHERE id = 1") else {
                preconditionFailure("the row was inserted a line above")
            }
            let stored = try row.int("partitions")
            guard stored == partitions else {
                throw ArchiveError.otherPartitionCount(stored: stored, configured: partitions)
            }
            return try row.string("identity")
        }
    }

    /// The newest messages of a room below `before`.
    func page(of room: String, before: Int?, limit: Int) async throws -> ArchivedPage {
        try await self.database.read { sql in
            let rows = try sql.query(
                "SELECT message, seq, json FROM messages WHERE room = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
                [.string(room), .int(before ?? .max), .int(limit)])
            return ArchivedPage(
                through: try Self.highestSequence(of: room, sql), messages: try rows.map { try ArchivedMessage($0) })
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

    /// The message of a signal; the newest, should there be several.
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
