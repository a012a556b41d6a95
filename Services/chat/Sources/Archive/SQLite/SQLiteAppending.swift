import Database
import Domain
import JSON
import Logging
import WireContract

/// Writes a part of the outbox: rows, messages in their present state and cursor, in one transaction.
extension SQLiteArchive {
    /// More than a message can nest when its parts were let in.
    private static let maximumDepth = 64

    func append(_ batch: OutboxBatch, to partition: Int, token: String, runID: String) async throws {
        try await self.database.write { sql in
            let held = try Self.partition(partition, sql)
            guard held.opening.token == token, held.runID == runID, held.cursor == batch.after else {
                throw ArchiveError.notTheHolder
            }
            var posted: [String: ClosedRange<Int>] = [:]
            for entry in batch.entries {
                if let signal = entry.awaitedSignal {
                    try Self.park(entry.event, signal: signal, partition: partition, sql)
                    continue
                }
                if entry.event.event == Publication.Event.newMessage {
                    guard try self.post(entry, sql) else { continue }
                    let (sequence, span) = (entry.event.sequence, posted[entry.event.room])
                    posted[entry.event.room] =
                        min(span?.lowerBound ?? sequence, sequence)...max(span?.upperBound ?? sequence, sequence)
                } else if try Self.insert(entry, sql) {
                    try self.apply(entry, partition: partition, sql)
                }
            }
            for (room, span) in posted { try Self.announce(span, of: room, in: partition, sql) }
            try sql.execute(
                "UPDATE holders SET cursor = ? WHERE partition = ?",
                [.string("\(batch.last)"), .int(partition)])
        }
    }

    /// A message and its event in one row.
    ///
    /// - Returns: Whether it is new to the archive.
    private func post(_ entry: OutboxEntry, _ sql: SQLTransaction) throws -> Bool {
        let event = entry.event
        // Only the suite posts signals: a person's message need not be read to be archived.
        let name = event.user == "SYSTEM" ? self.parsed(event)?["metadata"]?["signal_data"]?["signal_id"] : nil
        let signal = (name?.string).flatMap { try? SignalID($0) }?.rawValue
        let isNew =
            try sql.execute(
                """
                INSERT OR IGNORE INTO messages
                (room, seq, epoch, last_change, user, flags, id, digest, answer, at, day, signal, json)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    .string(event.room), .int(event.sequence), .string(event.epoch), .int(event.sequence),
                    .string(event.user), .string(event.flag.text),
                    event.commandID.isEmpty ? .null : .string(event.commandID),
                    .string(event.digest), .data(event.statedAnswer ?? []), .int(event.producedAt), .string(entry.day),
                    .optional(signal), .data(event.json),
                ]) > 0
        if isNew, let signal { try Self.unpark(signal, in: event.room, sql) }
        return isNew
    }

    /// - Returns: Whether the event is new to the archive.
    private static func insert(_ entry: OutboxEntry, _ sql: SQLTransaction) throws -> Bool {
        let event = entry.event
        // The JSON of a message is in `messages`, in its present state.
        let json = event.message == nil || entry.hasJSONOfItsOwn ? event.json : []
        return try sql.execute(
            """
            INSERT OR IGNORE INTO events
            (room, seq, epoch, event, message, user, flags, id, digest, answer, at, json)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .string(event.room), .int(event.sequence), .string(event.epoch), .string(event.event),
                .string(event.message ?? ""), .string(event.user), .string(event.flag.text),
                event.commandID.isEmpty ? .null : .string(event.commandID), .string(event.digest),
                .data(event.statedAnswer ?? []),
                .int(event.producedAt), .data(json),
            ]) > 0
    }

    private func apply(_ entry: OutboxEntry, partition: Int, _ sql: SQLTransaction) throws {
        let event = entry.event
        switch event.event {
        case Publication.Event.roomCreated:
            let json = self.parsed(event)
            try sql.execute(
                "INSERT OR IGNORE INTO rooms (room, partition, name, squad, created, record) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    .string(event.room), .int(partition),
                    .string(json?["name"].map { String(decoding: $0.bytes, as: UTF8.self) } ?? "\"\(event.room)\""),
                    .string(Self.squad(in: json, of: event.room)), .int(event.producedAt),
                    // As it came: one that only a newer release can read is kept for it.
                    .data(json?["record"].map { Array($0.bytes) } ?? []),
                ])
        case Publication.Event.memberAdded:
            try Self.put(member: event.user, of: event.room, event.json, sql)
        case Publication.Event.memberUpdated:
            let before = try sql.first(
                "SELECT json FROM members WHERE room = ? AND user = ?", [.string(event.room), .string(event.user)])
            // `seq` stays that of the first join.
            let head = try before?.data("json").prefix { $0 != UInt8(ascii: ",") } ?? Array("{\"seq\":0".utf8)[...]
            let tail = event.json.drop { $0 != UInt8(ascii: ",") }
            try Self.put(member: event.user, of: event.room, Array(head + tail), sql)
        case Publication.Event.memberRemoved:
            try sql.execute(
                "DELETE FROM members WHERE room = ? AND user = ?", [.string(event.room), .string(event.user)])
        default:
            guard let message = event.message, let key = MessageKey(message, in: event.room) else { return }
            // Where two histories went apart, an older change may come later: it is passed over.
            let isLatest = try sql.execute(
                "UPDATE messages SET last_change = ? WHERE room = ? AND seq = ? AND epoch = ? AND last_change < ?",
                [
                    .int(event.sequence), .string(event.room), .int(key.sequence), .string(key.epoch),
                    .int(event.sequence),
                ])
            guard isLatest > 0 else { return }
            if !entry.state.isEmpty {
                try sql.execute(
                    "UPDATE messages SET json = ? WHERE room = ? AND seq = ? AND epoch = ?",
                    [.data(entry.state), .string(event.room), .int(key.sequence), .string(key.epoch)])
            }
            if entry.isReaction { try self.react(event, to: message, sql) }
        }
    }

    /// The event's JSON; nil when it cannot be read. The event is archived all the same, as the bytes it is: one that
    /// stopped here would stop everything behind it, for ever.
    func parsed(_ event: RoomEvent) -> JSONValue? {
        do {
            return try JSONValue(parsing: event.json, maximumDepth: Self.maximumDepth)
        } catch {
            self.logger.error(
                "archived an event that cannot be read",
                metadata: ["room": "\(event.room)", "seq": "\(event.sequence)", "error": "\(error)"])
            return nil
        }
    }

    private static func squad(in json: JSONValue?, of room: String) -> String {
        let named = (json?["squad_id"]?.string).flatMap { try? SquadID($0) }
        return (named ?? (try? RoomID(room))?.squad)?.rawValue ?? ""
    }

    private static func put(member: String, of room: String, _ json: [UInt8], _ sql: SQLTransaction) throws {
        try sql.execute(
            "INSERT OR REPLACE INTO members (room, user, json) VALUES (?, ?, ?)",
            [.string(room), .string(member), .data(json)])
    }

    /// Keeps an outcome, unless its signal has been archived: the outbox of a partition may be read twice.
    private static func park(_ event: RoomEvent, signal: String, partition: Int, _ sql: SQLTransaction) throws {
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
    private static func unpark(_ signal: String, in room: String, _ sql: SQLTransaction) throws {
        try sql.execute(
            "DELETE FROM parked_outcomes WHERE room = ? AND signal = ?", [.string(room), .string(signal)])
    }
}

extension OutboxEntry {
    fileprivate var isReaction: Bool {
        self.event.event == Publication.Event.reactionAdded || self.event.event == Publication.Event.reactionRemoved
    }

    /// Reactions say more than the message they change.
    fileprivate var hasJSONOfItsOwn: Bool {
        self.event.event != Publication.Event.signalUpdated
    }
}
