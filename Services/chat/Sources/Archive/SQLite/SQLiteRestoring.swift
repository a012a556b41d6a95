import Database
import WireContract

/// What brings back what Redis lost.
extension SQLiteArchive {
    func rooms(of partition: Int) async throws -> [ArchivedRoom] {
        try await self.database.read { sql in
            try sql.query(
                "SELECT room, name, squad, record, created FROM rooms WHERE partition = ? ORDER BY room",
                [.int(partition)]
            ).map { row in
                let room = try row.string("room")
                return ArchivedRoom(
                    room: room, name: try row.string("name"), squad: try row.string("squad"),
                    record: try row.data("record"),
                    created: try row.int("created"), members: try Self.members(of: room, sql))
            }
        }
    }

    func record(
        of room: String, beyond sequence: Int, count: Int, markedSince moment: Int
    ) async throws -> ArchivedHistory {
        try await self.database.read { sql in
            let highest = try Self.highestSequence(of: room, sql)
            let startsAnew = sequence == 0 || highest - sequence > count
            let after = startsAnew ? 0 : sequence
            let epochs = try Self.epochs(of: room, sql)
            let found = try Self.changed(in: room, after: after, before: .max, count: count + 1, sql)
            let rows = Self.latest(found, epochs).prefix(count)
            let messages = try Self.messages(rows.map(\.row), sql)
            let told =
                found.count > count
                ? try Self.changed(
                    in: room, after: highest - count, before: rows.last?.sequence ?? 0, count: count, sql) : []
            return ArchivedHistory(
                highestSequence: highest, startsAnew: startsAnew,
                epochs: epochs.map { "\($0.name):\($0.start)" }.joined(separator: " "),
                events: try Self.events(of: room, after: after, count: count, epochs, sql),
                messages: messages.reversed(),
                toldMessages: try Self.messages(Self.latest(told, epochs).map(\.row), sql).reversed(),
                hasOlderMessages: found.count > count,
                marks: try Self.marks(of: room, after: after, since: moment, sql),
                members: try Self.members(of: room, sql))
        }
    }

    /// The newest messages below a seq that were posted or changed after another. Those that were only changed are found by
    /// an index of their own, because most never are; nothing else may look through the whole room.
    private static func changed(
        in room: String, after change: Int, before sequence: Int, count: Int, _ sql: SQLTransaction
    ) throws -> [MessageRow] {
        try sql.query(
            """
            SELECT message, seq, last_change, json FROM messages WHERE room = ? AND seq > ? AND seq < ?
            UNION ALL
            SELECT * FROM (
                SELECT message, seq, last_change, json FROM messages INDEXED BY messages_changed
                WHERE ? > 0 AND room = ? AND last_change > seq AND last_change > ? AND seq <= ? AND seq < ?
            )
            ORDER BY seq DESC LIMIT ?
            """,
            [
                .string(room), .int(change), .int(sequence), .int(change), .string(room), .int(change), .int(change),
                .int(sequence), .int(count),
            ]
        ).map { try MessageRow($0) }
    }

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

    private static func events(
        of room: String, after sequence: Int, count: Int, _ epochs: [Epoch], _ sql: SQLTransaction
    ) throws -> [ArchivedEvent] {
        let rows = try sql.query(
            """
            SELECT epoch, seq, event, message, user, flags, json FROM events WHERE room = ? AND seq > ?
            UNION ALL
            SELECT epoch, seq, ?, message, user, flags, x'' FROM messages WHERE room = ? AND seq > ?
            ORDER BY seq DESC LIMIT ?
            """,
            [
                .string(room), .int(sequence), .string(Publication.Event.newMessage), .string(room), .int(sequence),
                .int(count),
            ]
        ).map { (epoch: try $0.string("epoch"), sequence: try $0.int("seq"), row: $0) }
        return try Self.latest(rows, epochs, sequence: \.sequence, epoch: \.epoch).reversed().map { _, _, row in
            ArchivedEvent(
                sequence: try row.int("seq"), event: try row.string("event"), message: try row.string("message"),
                user: try row.string("user"), flags: try row.string("flags"), json: try row.data("json"))
        }
    }

    typealias Epoch = (name: String, start: Int)

    /// One message of each seq, in the order given.
    static func latest(_ messages: [MessageRow], _ epochs: [Epoch]) -> [MessageRow] {
        self.latest(messages, epochs, sequence: \.sequence) { message in
            // `<room>.<epoch>.<seq>`
            message.id.split(separator: ".").dropLast().last.map(String.init) ?? ""
        }
    }

    /// One of each seq. Where two histories went apart, a seq is in both: the later epoch's is the room's.
    private static func latest<Item>(
        _ items: [Item], _ epochs: [Epoch], sequence: (Item) -> Int, epoch: (Item) -> String
    ) -> [Item] {
        var latest: [Item] = []
        func rank(_ item: Item) -> Int { epochs.firstIndex { $0.name == epoch(item) } ?? -1 }
        for item in items {
            guard let last = latest.last, sequence(last) == sequence(item) else {
                latest.append(item)
                continue
            }
            if rank(item) > rank(last) { latest[latest.count - 1] = item }
        }
        return latest
    }

    static func epochs(of room: String, _ sql: SQLTransaction) throws -> [Epoch] {
        try sql.query(
            """
            SELECT epoch, min(seq) AS start FROM (
                SELECT epoch, seq FROM events WHERE room = ? UNION ALL SELECT epoch, seq FROM messages WHERE room = ?
            ) GROUP BY epoch ORDER BY start
            """, [.string(room), .string(room)]
        ).map { (try $0.string("epoch"), try $0.int("start")) }
    }

    private static func marks(
        of room: String, after sequence: Int, since moment: Int, _ sql: SQLTransaction
    ) throws -> [ArchivedMark] {
        // The newest are taken before their time is looked at: a room of a million messages is not read for a quiet week.
        func newest(_ table: String, _ message: String) -> String {
            """
            SELECT * FROM (
                SELECT seq, user, id, digest, answer, at, \(message) AS message FROM \(table)
                WHERE room = ? AND seq > ? ORDER BY seq DESC LIMIT 20000
            ) WHERE id IS NOT NULL AND digest <> '' AND at > ?
            """
        }
        let rows = try sql.query(
            "\(newest("events", "''")) UNION ALL \(newest("messages", "message")) ORDER BY seq DESC",
            [String](repeating: room, count: 2).flatMap { [.string($0), .int(sequence), .int(moment)] })
        // An id that was used again after its mark ran out names the newer act, as in Redis.
        var known: Set<String> = []
        return try rows.compactMap { row in
            let (author, id) = (try row.string("user"), try row.string("id"))
            guard known.insert("\(author) \(id)").inserted else { return nil }
            return ArchivedMark(
                author: author, id: id, digest: try row.string("digest"), answer: try Self.answer(row, room),
                producedAt: try row.int("at"))
        }
    }

    /// A person's message is answered with what its row says anyway, so that is not stored.
    private static func answer(_ row: SQLRow, _ room: String) throws -> [UInt8] {
        let (answer, message) = (try row.data("answer"), try row.string("message"))
        guard answer.isEmpty, !message.isEmpty else { return answer }
        return PostedMessage.receipt(
            messageID: Array(message.utf8), room: room, sequence: try row.int("seq"),
            milliseconds: try row.int("at"))
    }

    private static func members(of room: String, _ sql: SQLTransaction) throws -> [ArchivedMember] {
        try sql.query("SELECT user, json FROM members WHERE room = ? ORDER BY user", [.string(room)]).map {
            ArchivedMember(user: try $0.string("user"), json: try $0.data("json"))
        }
    }
}

/// A row of `messages` with `message`, `seq`, `last_change` and `json`, of which it is not decided yet whether it is shown.
struct MessageRow {
    let id: String
    let sequence: Int
    let row: SQLRow

    init(_ row: SQLRow) throws {
        self.id = try row.string("message")
        self.sequence = try row.int("seq")
        self.row = row
    }
}
