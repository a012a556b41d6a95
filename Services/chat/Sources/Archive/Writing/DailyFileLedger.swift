/// What the follower that writes the daily files asks the archive, and notes there: which messages are written already, and
/// how long each file is. Each question is one atomic step.
protocol DailyFileLedger: Sendable {
    /// Rooms of a partition with messages that stand in no file yet.
    func roomsWithUnwrittenMessages(in partition: Int) async throws -> [String]

    /// What comes next in a room's files, about `limit` messages: those that share a seq are not parted.
    func unwritten(in room: String, limit: Int) async throws -> UnwrittenMessages

    /// All of one day that should stand in its file when it holds the room's messages up to `sequence`.
    func lines(of room: String, on day: String, through sequence: Int) async throws -> [DailyLine]

    /// Notes what now stands in the files of some rooms. A room that does not stand where it was read is passed over.
    func note(_ written: [WrittenMessages]) async throws

    /// The rooms of a partition that have files.
    func roomsWithFiles(in partition: Int) async throws -> [String]

    /// What is noted of a room's files: of all of them, because a part of the past that came late may have had any of them
    /// open.
    func notedFiles(of room: String) async throws -> [DailyFileRecord]
}

/// A message as a line of a daily file.
struct DailyLine: Sendable, Equatable {
    let sequence: Int
    /// UTC, `2026-11-22`.
    let day: String
    let json: [UInt8]
}

struct UnwrittenMessages: Sendable, Equatable {
    /// The last message that stands in the files.
    let written: Int
    /// What follows, in order.
    let lines: [DailyLine]
    /// Committed bytes of the files of these days; none of a file that is not begun, below zero of one that is to be
    /// written anew.
    let lengths: [String: Int]
}

/// What now stands in a room's files.
struct WrittenMessages: Sendable, Equatable {
    let room: String
    /// Where the room stood when the messages were read.
    let after: Int
    /// The last message written.
    let through: Int
    /// The bytes of each file that was touched, by its day.
    let lengths: [String: Int]
}

struct DailyFileRecord: Sendable, Equatable {
    let room: String
    let day: String
    /// Bytes that are known to be written.
    let length: Int
    /// The last message of the room that stands in its files.
    let written: Int
}
