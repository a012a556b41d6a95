import Database
import Logging
import Redis

/// The archive in SQLite: the processes of one host share the file.
struct SQLiteArchive: MessageArchive {
    let database: SQLDatabase
    let logger: Logger

    /// - Parameter url: `sqlite:<path>`. Every commit waits for the disk.
    init(url: String, synchronous: SQLDatabase.Synchronous = .full, logger: Logger) throws {
        self.database = try SQLDatabase(url: url, synchronous: synchronous)
        self.logger = logger
    }

    func prepare(partitions: Int, newIdentity: String) async throws -> String {
        try await self.database.migrate(ArchiveSchema.migrations) { [logger = self.logger] in
            logger.notice("another process changes the archive's tables: waiting until it is done")
        }
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

    func partition(_ partition: Int) async throws -> PartitionRecord {
        try await self.database.read { try Self.partition(partition, $0) }
    }

    func claim(
        _ partition: Int, by opening: OpeningMark, from record: PartitionRecord,
        newLife: (runID: String, epoch: String)?
    ) async throws -> Bool {
        try await self.database.write { sql in
            try sql.execute("INSERT OR IGNORE INTO holders (partition) VALUES (?)", [.int(partition)])
            let claimed = try sql.execute(
                "UPDATE holders SET token = ?, opening = ? WHERE partition = ? AND token = ? AND opening = ? AND run = ?",
                [
                    .string(opening.token), .int(opening.number), .int(partition), .string(record.opening.token),
                    .int(record.opening.number), .string(record.runID),
                ])
            guard claimed > 0 else { return false }
            guard let newLife else { return true }
            try sql.execute(
                "UPDATE holders SET run = ?, epoch = ?, cursor = '0-0' WHERE partition = ?",
                [.string(newLife.runID), .string(newLife.epoch), .int(partition)])
            return true
        }
    }

    static func partition(_ partition: Int, _ sql: SQLTransaction) throws -> PartitionRecord {
        guard
            let row = try sql.first(
                "SELECT run, epoch, token, opening, cursor FROM holders WHERE partition = ?", [.int(partition)])
        else { return PartitionRecord() }
        return PartitionRecord(
            runID: try row.string("run"), epoch: try row.string("epoch"),
            opening: OpeningMark(number: try row.int("opening"), token: try row.string("token")),
            cursor: StreamID(try row.string("cursor")) ?? .zero)
    }
}
