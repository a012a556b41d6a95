import Database

/// The tables of the archive: the record of everything said, of which Redis holds the working copy.
enum ArchiveSchema {
    static let migrations = [
        Migration(
            "001-archive",
            """
            CREATE TABLE archive (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                identity TEXT NOT NULL,
                partitions INTEGER NOT NULL
            );
            CREATE TABLE partitions (
                partition INTEGER PRIMARY KEY,
                run TEXT NOT NULL DEFAULT '',
                epoch TEXT NOT NULL DEFAULT '',
                token TEXT NOT NULL DEFAULT '',
                cursor TEXT NOT NULL DEFAULT '0-0'
            );
            CREATE TABLE rooms (
                room TEXT PRIMARY KEY,
                partition INTEGER NOT NULL,
                name TEXT NOT NULL,
                squad TEXT NOT NULL,
                created INTEGER NOT NULL
            );
            CREATE INDEX rooms_of_partition ON rooms (partition);
            CREATE TABLE members (
                room TEXT NOT NULL,
                user TEXT NOT NULL,
                json BLOB NOT NULL,
                PRIMARY KEY (room, user)
            );
            CREATE TABLE events (
                room TEXT NOT NULL,
                epoch TEXT NOT NULL,
                seq INTEGER NOT NULL,
                event TEXT NOT NULL,
                message TEXT NOT NULL,
                user TEXT NOT NULL,
                flags TEXT NOT NULL,
                id TEXT,
                digest TEXT NOT NULL,
                answer BLOB NOT NULL,
                at INTEGER NOT NULL,
                json BLOB NOT NULL,
                PRIMARY KEY (room, epoch, seq)
            );
            CREATE UNIQUE INDEX events_of_author ON events (room, user, id) WHERE id IS NOT NULL;
            CREATE INDEX events_in_order ON events (room, seq);
            CREATE TABLE messages (
                message TEXT PRIMARY KEY,
                room TEXT NOT NULL,
                seq INTEGER NOT NULL,
                changed INTEGER NOT NULL,
                day TEXT NOT NULL,
                signal TEXT,
                json BLOB NOT NULL
            );
            CREATE INDEX messages_in_order ON messages (room, seq);
            CREATE INDEX messages_changed ON messages (room, changed);
            CREATE INDEX messages_of_signal ON messages (room, signal) WHERE signal IS NOT NULL;
            CREATE TABLE daily_files (
                room TEXT NOT NULL,
                day TEXT NOT NULL,
                length INTEGER NOT NULL,
                PRIMARY KEY (room, day)
            );
            """),
        Migration(
            "002-parked-outcomes",
            """
            CREATE TABLE parked_outcomes (
                room TEXT NOT NULL,
                signal TEXT NOT NULL,
                partition INTEGER NOT NULL,
                at INTEGER NOT NULL,
                json BLOB NOT NULL,
                PRIMARY KEY (room, signal)
            );
            """),
        // Renamed, so that a process of before, which wrote the files in the transaction of the rows, does not go on
        // beside the follower: its archive waits until it is replaced.
        Migration(
            "003-daily-files-follow",
            """
            ALTER TABLE daily_files RENAME TO daily_lengths;
            CREATE TABLE daily_progress (
                room TEXT PRIMARY KEY,
                partition INTEGER NOT NULL,
                archived INTEGER NOT NULL,
                written INTEGER NOT NULL
            );
            CREATE INDEX daily_files_due ON daily_progress (partition) WHERE written < archived;
            INSERT INTO daily_progress (room, partition, archived, written)
            SELECT messages.room, coalesce(rooms.partition, -1), max(seq), max(seq)
            FROM messages LEFT JOIN rooms ON rooms.room = messages.room GROUP BY messages.room;
            """),
        Migration("004-openings", "ALTER TABLE partitions ADD COLUMN opening INTEGER NOT NULL DEFAULT 0;"),
        // Reactions stood in the JSON of their message. It is left as it is: who reads it puts those of the table in their
        // place. The column is renamed, so that a process of before, which would write them into the JSON, archives
        // nothing more beside this; it still reads pages.
        Migration(
            "005-reactions",
            """
            CREATE TABLE reactions (
                message TEXT NOT NULL,
                emoji TEXT NOT NULL,
                user TEXT NOT NULL,
                seq INTEGER NOT NULL,
                PRIMARY KEY (message, emoji, user)
            );
            CREATE INDEX reactions_in_order ON reactions (message, emoji, seq);
            INSERT OR IGNORE INTO reactions (message, emoji, user, seq)
            SELECT reacted.message, emoji.key, user.value, reacted.seq FROM (
                SELECT message, seq, CASE WHEN json_valid(CAST(json AS TEXT)) THEN CAST(json AS TEXT) ELSE '{}' END AS text
                FROM messages WHERE changed > seq
            ) AS reacted
            CROSS JOIN json_each(reacted.text, '$.reactions') AS emoji
            CROSS JOIN json_each(CASE emoji.type WHEN 'array' THEN emoji.value ELSE '[]' END) AS user
            WHERE typeof(emoji.key) = 'text' AND user.type = 'text';
            ALTER TABLE messages RENAME COLUMN changed TO last_change;
            """),
        Migration("006-room-records", "ALTER TABLE rooms ADD COLUMN record BLOB NOT NULL DEFAULT x'';"),
        // How many reacted is not counted at each reading. The rows are in the order in which the emoji came.
        Migration(
            "007-reaction-counts",
            """
            CREATE TABLE reaction_counts (
                message TEXT NOT NULL,
                emoji TEXT NOT NULL,
                count INTEGER NOT NULL,
                PRIMARY KEY (message, emoji)
            );
            INSERT INTO reaction_counts (message, emoji, count)
            SELECT message, emoji, count(*) FROM reactions GROUP BY message, emoji ORDER BY min(seq), min(rowid);
            """),
        // Renamed, because every opening of a partition reads it: a process of before opens none any more. Its scripts
        // would write reactions into the messages of one that this release has held.
        Migration("008-holders", "ALTER TABLE partitions RENAME TO holders;"),
        // A message was a row of `events` and one of `messages`, in eight trees together. It is one row now, in the order in
        // which it came, and one entry of an index. Its id is not stored: it follows from the row, also for a process of
        // before, which reads pages by it and can insert nothing.
        Migration(
            "009-one-row-a-message",
            """
            ALTER TABLE events RENAME TO events_before;
            ALTER TABLE messages RENAME TO messages_before;
            CREATE TABLE events (
                room TEXT NOT NULL,
                seq INTEGER NOT NULL,
                epoch TEXT NOT NULL,
                event TEXT NOT NULL,
                message TEXT NOT NULL,
                user TEXT NOT NULL,
                flags TEXT NOT NULL,
                id TEXT,
                digest TEXT NOT NULL,
                answer BLOB NOT NULL,
                at INTEGER NOT NULL,
                json BLOB NOT NULL,
                UNIQUE (room, seq, epoch)
            );
            CREATE TABLE messages (
                room TEXT NOT NULL,
                seq INTEGER NOT NULL,
                epoch TEXT NOT NULL,
                last_change INTEGER NOT NULL,
                user TEXT NOT NULL,
                flags TEXT NOT NULL,
                id TEXT,
                digest TEXT NOT NULL,
                answer BLOB NOT NULL,
                at INTEGER NOT NULL,
                day TEXT NOT NULL,
                signal TEXT,
                json BLOB NOT NULL,
                message TEXT GENERATED ALWAYS AS (room || '.' || epoch || '.' || seq) VIRTUAL,
                UNIQUE (room, seq, epoch)
            );
            INSERT INTO events (room, seq, epoch, event, message, user, flags, id, digest, answer, at, json)
            SELECT room, seq, epoch, event, message, user, flags, id, digest, answer, at, json
            FROM events_before WHERE event <> 'new_message' ORDER BY rowid;
            INSERT INTO messages (
                room, seq, epoch, last_change, user, flags, id, digest, answer, at, day, signal, json
            )
            SELECT posted.room, posted.seq,
                substr(posted.message, length(posted.room) + 2,
                    length(posted.message) - length(posted.room) - length(posted.seq) - 2),
                posted.last_change, coalesce(event.user, ''), coalesce(event.flags, '-'), event.id,
                coalesce(event.digest, ''), coalesce(event.answer, x''), coalesce(event.at, 0),
                posted.day, posted.signal, posted.json
            FROM messages_before AS posted LEFT JOIN events_before AS event
                ON event.room = posted.room AND event.seq = posted.seq AND event.message = posted.message
                AND event.event = 'new_message'
            ORDER BY posted.rowid;
            DROP TABLE events_before;
            DROP TABLE messages_before;
            CREATE INDEX messages_changed ON messages (room, last_change) WHERE last_change > seq;
            CREATE INDEX messages_of_signal ON messages (room, signal, seq) WHERE signal IS NOT NULL;
            """),
    ]
}
