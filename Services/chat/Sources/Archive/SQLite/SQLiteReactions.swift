import Database
import JSON
import WireContract

/// Reactions stand beside the messages, a row for each: ten thousand of one message are ten thousand short rows, of which a
/// page reads only those that it names. How many there are is kept.
extension SQLiteArchive {
    /// One more, or one less, as an event says. Nothing when it was there already, or not.
    func react(_ event: RoomEvent, to message: String, _ sql: SQLTransaction) throws {
        guard let emoji = self.parsed(event)?["emoji"]?.string else { return }
        if event.event == Publication.Event.reactionAdded {
            let added = try sql.execute(
                "INSERT OR IGNORE INTO reactions (message, emoji, user, seq) VALUES (?, ?, ?, ?)",
                [.string(message), .string(emoji), .string(event.user), .int(event.sequence)])
            guard added > 0 else { return }
            try sql.execute(
                """
                INSERT INTO reaction_counts (message, emoji, count) VALUES (?, ?, 1)
                ON CONFLICT (message, emoji) DO UPDATE SET count = count + 1
                """, [.string(message), .string(emoji)])
        } else {
            let removed = try sql.execute(
                "DELETE FROM reactions WHERE message = ? AND emoji = ? AND user = ?",
                [.string(message), .string(emoji), .string(event.user)])
            guard removed > 0 else { return }
            try sql.execute(
                "UPDATE reaction_counts SET count = count - 1 WHERE message = ? AND emoji = ?",
                [.string(message), .string(emoji)])
            try sql.execute(
                "DELETE FROM reaction_counts WHERE message = ? AND emoji = ? AND count < 1",
                [.string(message), .string(emoji)])
        }
    }

    static func has(_ reaction: UserReaction, on message: String, _ sql: SQLTransaction) throws -> Bool {
        try sql.first(
            "SELECT 1 AS one FROM reactions WHERE message = ? AND emoji = ? AND user = ?",
            [.string(message), .string(reaction.emoji), .string(reaction.user)]) != nil
    }

    /// Messages in their present state, of rows with `message`, `seq`, `last_change` and `json`.
    static func messages(_ rows: [SQLRow], _ sql: SQLTransaction) throws -> [ArchivedMessage] {
        // A reaction is a change: nobody reacted to what never changed, and most messages never do.
        let changed = try rows.filter { try $0.int("last_change") > $0.int("seq") }
        let reactions = try self.reactions(to: changed.map { try $0.string("message") }, sql)
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
        if messages.isEmpty { return [:] }
        var list: [UInt8] = []
        JSONWriter.append(messages, to: &list)
        var found: [String: ReactionsPayload] = [:]
        for row in try sql.query(
            """
            SELECT message, emoji, count, (
                SELECT json_group_array(user) FROM (
                    SELECT user FROM reactions
                    WHERE reactions.message = reaction_counts.message AND reactions.emoji = reaction_counts.emoji
                    ORDER BY seq, reactions.rowid LIMIT ?
                )
            ) AS users
            FROM reaction_counts WHERE message IN (SELECT value FROM json_each(?)) ORDER BY reaction_counts.rowid
            """,
            [.int(ReactionsPayload.mostNames), .string(String(decoding: list, as: UTF8.self))])
        {
            let users = try JSONValue(parsing: try row.string("users").utf8).elements().compactMap(\.string)
            found[try row.string("message"), default: ReactionsPayload()].emoji.append(
                ReactionsPayload.Emoji(try row.string("emoji"), users: users, count: try row.int("count")))
        }
        return found
    }
}
