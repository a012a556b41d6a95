import Database
import Redis

/// What SQL knows of a partition's holder. Its token fences the archive as Redis' token fences the scripts: a frozen
/// process that wakes archives nothing.
struct PartitionRecord: Sendable, Equatable {
    var runID = ""
    var epoch = ""
    var token = ""
    /// The last entry of the outbox that is in the archive.
    var cursor = StreamID.zero
}

extension MessageArchive {
    func partition(_ partition: Int) async throws -> PartitionRecord {
        try await self.database.read { try Self.partition(partition, $0) }
    }

    /// Makes `token` the one that may archive, unless another claimed the partition meanwhile.
    ///
    /// - Parameters:
    ///   - record: The partition as it was read before Redis was asked who holds it: a process that was frozen in between
    ///     takes nothing from the holder after it.
    ///   - newLife: The run id and the epoch of a partition that begins anew. Its outbox is read from the beginning,
    ///     because its entries' ids may be lower than those of the life before; what is archived already is passed over.
    /// - Returns: Whether it is the token's now.
    func claim(
        _ partition: Int, token: String, from record: PartitionRecord, newLife: (runID: String, epoch: String)? = nil
    ) async throws -> Bool {
        let files = self.files
        return try await self.database.write { sql in
            try sql.execute("INSERT OR IGNORE INTO partitions (partition) VALUES (?)", [.int(partition)])
            let claimed = try sql.execute(
                "UPDATE partitions SET token = ? WHERE partition = ? AND token = ? AND run = ?",
                [.string(token), .int(partition), .string(record.token), .string(record.runID)])
            guard claimed > 0 else { return false }
            try files.repair(partition: partition, sql)
            guard let newLife else { return true }
            try sql.execute(
                "UPDATE partitions SET run = ?, epoch = ?, cursor = '0-0' WHERE partition = ?",
                [.string(newLife.runID), .string(newLife.epoch), .int(partition)])
            return true
        }
    }

    static func partition(_ partition: Int, _ sql: SQLTransaction) throws -> PartitionRecord {
        guard
            let row = try sql.first(
                "SELECT run, epoch, token, cursor FROM partitions WHERE partition = ?", [.int(partition)])
        else { return PartitionRecord() }
        return PartitionRecord(
            runID: try row.string("run"), epoch: try row.string("epoch"), token: try row.string("token"),
            cursor: StreamID(try row.string("cursor")) ?? .zero)
    }
}
