import Database
import Glibc

/// Lines for daily files, gathered before anything is written.
struct DailyLines {
    struct Key: Hashable {
        let room: String
        let day: String
    }

    private(set) var bytes: [Key: [UInt8]] = [:]

    mutating func append(_ json: [UInt8], room: String, day: String) {
        self.bytes[Key(room: room, day: day), default: []] += json + [UInt8(ascii: "\n")]
    }
}

/// One file of JSON lines for every room and UTC day, `<folder>/<room>/<day>.jsonl`: the messages as they were posted.
///
/// Derived from SQL: a file's committed length is in the same transaction as the rows. What stands behind that length
/// was never committed and is cut off; a file that is shorter, after a power cut, is written anew from the rows.
struct DailyFiles: Sendable {
    let folder: String

    /// Appends inside the transaction that holds the write lock, so that two processes never write one file at once.
    func append(_ lines: DailyLines, _ sql: SQLTransaction) throws {
        for (key, bytes) in lines.bytes.sorted(by: { ($0.key.room, $0.key.day) < ($1.key.room, $1.key.day) }) {
            let committed =
                try sql.first(
                    "SELECT length FROM daily_files WHERE room = ? AND day = ?", [.string(key.room), .string(key.day)]
                )?.int("length") ?? 0
            let file = try self.open(key)
            defer { close(file.descriptor) }
            var length = committed
            if file.length < committed {
                // The rows of this batch are already among those of the day.
                length = 0
                try self.write(try Self.rows(of: key, sql), at: 0, file, key)
            } else {
                try self.write(bytes, at: committed, file, key)
            }
            length = try self.length(of: file, key)
            try sql.execute(
                "INSERT OR REPLACE INTO daily_files (room, day, length) VALUES (?, ?, ?)",
                [.string(key.room), .string(key.day), .int(length)])
        }
    }

    /// Brings the newest files of a partition's rooms to their committed length.
    func repair(partition: Int, _ sql: SQLTransaction) throws {
        let rows = try sql.query(
            """
            SELECT daily_files.room AS room, max(day) AS day, length FROM daily_files
            JOIN rooms ON rooms.room = daily_files.room WHERE partition = ? GROUP BY daily_files.room
            """, [.int(partition)])
        for row in rows {
            let key = DailyLines.Key(room: try row.string("room"), day: try row.string("day"))
            let committed = try row.int("length")
            let file = try self.open(key)
            defer { close(file.descriptor) }
            if file.length > committed {
                guard ftruncate(file.descriptor, committed) == 0 else { throw self.failure(key) }
            } else if file.length < committed {
                try self.write(try Self.rows(of: key, sql), at: 0, file, key)
                try sql.execute(
                    "UPDATE daily_files SET length = ? WHERE room = ? AND day = ?",
                    [.int(try self.length(of: file, key)), .string(key.room), .string(key.day)])
            }
        }
    }

    func path(room: String, day: String) -> String { "\(self.folder)/\(room)/\(day).jsonl" }

    private static func rows(of key: DailyLines.Key, _ sql: SQLTransaction) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try sql.forEach(
            "SELECT json FROM messages WHERE room = ? AND day = ? ORDER BY seq", [.string(key.room), .string(key.day)]
        ) { bytes += try $0.data("json") + [UInt8(ascii: "\n")] }
        return bytes
    }

    // MARK: Files

    private struct File {
        let descriptor: Int32
        let length: Int
    }

    private func open(_ key: DailyLines.Key) throws -> File {
        for folder in [self.folder, "\(self.folder)/\(key.room)"] where mkdir(folder, 0o750) != 0 && errno != EEXIST {
            throw self.failure(key)
        }
        let descriptor = Glibc.open(self.path(room: key.room, day: key.day), O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw self.failure(key) }
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else {
            close(descriptor)
            throw self.failure(key)
        }
        return File(descriptor: descriptor, length: end)
    }

    private func write(_ bytes: [UInt8], at offset: Int, _ file: File, _ key: DailyLines.Key) throws {
        guard ftruncate(file.descriptor, offset) == 0 else { throw self.failure(key) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                pwrite(
                    file.descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written,
                    offset + written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw self.failure(key) }
            written += count
        }
    }

    private func length(of file: File, _ key: DailyLines.Key) throws -> Int {
        let end = lseek(file.descriptor, 0, SEEK_END)
        guard end >= 0 else { throw self.failure(key) }
        return end
    }

    private func failure(_ key: DailyLines.Key) -> ArchiveError {
        .fileFailed(path: self.path(room: key.room, day: key.day), errno: errno)
    }
}
