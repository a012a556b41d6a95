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
        Migration("006-room-records", "ALTER TABLE rooms ADD COLUMN record BLOB NOT NULL DEFAULT x'';"),
    ]
}
