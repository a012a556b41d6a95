import Database
import WireContract

/// An outcome that came before its signal, as the archive holds it until the signal is there.
struct ParkedOutcome: Sendable, Equatable {
    let room: String
    let signal: String
    let json: [UInt8]
    /// Milliseconds since 1970.
    let producedAt: Int

    /// Keeps an outcome, unless its signal has been archived: the outbox of a partition may be read twice.
    static func insert(_ event: RoomEvent, signal: String, partition: Int, _ sql: SQLTransaction) throws {
        let oldest = event.producedAt - ChatLimits.parkedOutcomeSeconds * 1_000
        try sql.execute(
            "DELETE FROM parked_outcomes WHERE partition = ? AND at < ?", [.int(partition), .int(oldest)])
        try sql.execute(
            """
            INSERT OR REPLACE INTO parked_outcomes (room, signal, partition, at, json) SELECT ?, ?, ?, ?, ?
            WHERE NOT EXISTS (SELECT 1 FROM messages WHERE room = ? AND signal = ?)
            """,
            [
                .string(event.room), .string(signal), .int(partition), .int(event.producedAt), .data(event.json),
                .string(event.room), .string(signal),
            ])
    }

    /// The signal is there, and the outcome in it.
    static func remove(for signal: String, in room: String, _ sql: SQLTransaction) throws {
        try sql.execute(
            "DELETE FROM parked_outcomes WHERE room = ? AND signal = ?", [.string(room), .string(signal)])
    }
}

extension MessageArchive {
    /// The outcomes of a partition that wait for their signals since `moment` or later, in milliseconds since 1970.
    func parkedOutcomes(of partition: Int, since moment: Int) async throws -> [ParkedOutcome] {
        try await self.database.read { sql in
            try sql.query(
                "SELECT room, signal, at, json FROM parked_outcomes WHERE partition = ? AND at > ? ORDER BY at",
                [.int(partition), .int(moment)]
            ).map { row in
                ParkedOutcome(
                    room: try row.string("room"), signal: try row.string("signal"), json: try row.data("json"),
                    producedAt: try row.int("at"))
            }
        }
    }
}
