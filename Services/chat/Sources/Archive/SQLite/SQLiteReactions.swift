import Database
import JSON
import WireContract

/// Reactions stand beside the messages, a row for each: ten thousand of one message are ten thousand short rows, and a page
/// reads of them only what it shows.
extension SQLiteArchive {
    /// One more, or one less, as an event says. Nothing when it was there already, or not.
    func react(_ event: RoomEvent, to message: String, _ sql: SQLTransaction) throws {
        guard let emoji = self.parsed(event)?["emoji"]?.string else { return }
        if event.event == Publication.Event.reactionAdded {
            try sql.execute(
                "INSERT OR IGNORE INTO reactions (message, emoji, user, seq) VALUES (?, ?, ?, ?)",
                [.string(message), .string(emoji), .string(event.user), .int(event.sequence)])
        } else {
            try sql.execute(
                "DELETE FROM reactions WHERE message = ? AND emoji = ? AND user = ?",
                [.string(message), .string(emoji), .string(event.user)])
        }
    }

    static func has(_ reaction: UserReaction, on message: String, _ sql: SQLTransaction) throws -> Bool {
        try sql.first(
            "SELECT 1 AS one FROM reactions WHERE message = ? AND emoji = ? AND user = ?",
            [.string(message), .string(reaction.emoji), .string(reaction.user)]) != nil
    }

    /// Messages in their present state, of rows with `message`, `seq`, `last_change` and `json`.
    static func messages(_ rows: [SQLRow], _ sql: SQLTransaction) throws -> [ArchivedMessage] {
        let reactions = try self.reactions(to: rows.map { try $0.string("message") }, sql)
        return try rows.map { row in
            let (message, json) = (try row.string("message"), try row.data("json"))
            let fields = reactions[message]?.fields
            return ArchivedMessage(
                id: message, sequence: try row.int("seq"),
                json: fields.map { ReactionsPayload.put($0, into: json) } ?? ReactionsPayload.removed(from: json),
                reactions: fields ?? [], lastChange: try row.int("last_change"))
        }
    }

    private static func reactions(
        to messages: [String], _ sql: SQLTransaction
    ) throws -> [String: ReactionsPayload] {
        var list: [UInt8] = []
        JSONWriter.append(messages, to: &list)
        let counts = try sql.query(
            """
            SELECT message, emoji, count(*) AS count FROM reactions WHERE message IN (SELECT value FROM json_each(?))
            GROUP BY message, emoji ORDER BY min(seq), min(rowid)
            """, [.string(String(decoding: list, as: UTF8.self))])
        var found: [String: ReactionsPayload] = [:]
        for row in counts {
            let (message, emoji) = (try row.string("message"), try row.string("emoji"))
            let users = try sql.query(
                "SELECT user FROM reactions WHERE message = ? AND emoji = ? ORDER BY seq, rowid LIMIT ?",
                [.string(message), .string(emoji), .int(ReactionsPayload.mostNames)]
            ).map { try $0.string("user") }
            found[message, default: ReactionsPayload()].emoji.append(
                ReactionsPayload.Emoji(emoji, users: users, count: try row.int("count")))
        }
        return found
    }
}
