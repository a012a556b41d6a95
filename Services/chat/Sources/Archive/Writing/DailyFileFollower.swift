import Logging
import Metrics
import NIOPosix
import WorkQueue

/// Carries what the archive has committed into the daily files of one partition's rooms.
///
/// It follows at its own pace, with a cursor of its own in the archive: a message is on disk first and noted then, so a kill or
/// a power cut between the two leaves bytes behind the noted length, which the next attempt cuts off. The archive never waits for it: a
/// full disk stops the files alone, and is told by ``DailyFileHealth``.
///
/// No lease is needed. Who writes a room's files has taken them from every other process, and read the cursor afterwards.
struct DailyFileFollower: Sendable {
    private static let batchSize = 500
    private static let roomsAtOnce = 25

    let partition: Int
    let ledger: any DailyFileLedger
    let files: DailyFiles
    let health: DailyFileHealth
    let logger: Logger
    private let written = Counter(label: "squadchat_chat_daily_lines_written_total")

    init(
        partition: Int, ledger: any DailyFileLedger, files: DailyFiles, health: DailyFileHealth, logger: Logger
    ) {
        self.partition = partition
        self.ledger = ledger
        self.files = files
        self.health = health
        self.logger = logger
    }

    /// Follows until the lease ends; whoever holds the partition next goes on.
    ///
    /// - Parameter gathering: How long messages may gather.
    func run(
        _ wakeUps: WakeUps, under lease: PartitionLease, gathering: Duration = .milliseconds(500)
    ) async {
        var repaired: Set<String> = []
        var isRepaired = false
        await wakeUps.run(under: lease) {
            try? await Task.sleep(for: gathering)
            // Who takes the partition over goes on, and must not wait for our disk.
            guard lease.isWanted, !Task.isCancelled else { return }
            do {
                // What cannot be repaired is tried again, and stops nobody else's files.
                var failure: (any Error)?
                if !isRepaired {
                    do { try await self.repair(beside: &repaired) } catch { failure = error }
                    isRepaired = failure == nil
                }
                try await self.follow()
                if let failure { throw failure }
                self.health.note(nil, self.partition)
            } catch {
                if self.health.note("\(error)", self.partition) {
                    self.logger.error(
                        "the daily files wait", metadata: ["partition": "\(self.partition)", "error": "\(error)"])
                }
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
        self.health.note(nil, self.partition)
    }

    /// Writes everything that is committed and not written. One room that cannot be written does not stop the others.
    func follow() async throws {
        while !Task.isCancelled {
            let rooms = try await self.ledger.roomsWithUnwrittenMessages(in: self.partition)
            guard !rooms.isEmpty else { return }
            var failure: (any Error)?
            for part in rooms.chunks(of: Self.roomsAtOnce) where !Task.isCancelled {
                // One note for many rooms: each waits for the disk. The files stay taken until then.
                var files: [DailyFilesOfRoom] = []
                var notes: [WrittenMessages] = []
                defer { for taken in files { taken.giveBack() } }
                for room in part {
                    do {
                        files.append(try await Self.atDisk { [all = self.files] in try all.take(room) })
                        if let note = try await self.write(room, files[files.count - 1]) { notes.append(note) }
                    } catch {
                        failure = failure ?? error
                    }
                }
                try await self.ledger.note(notes)
            }
            if let failure { throw failure }
        }
    }

    /// Brings the files to the length they are known to have. One room's that cannot be does not stop the others'.
    ///
    /// - Parameter repaired: Rooms that are done; those done now are added.
    func repair(beside repaired: inout Set<String>) async throws {
        var failure: (any Error)?
        for room in try await self.ledger.roomsWithFiles(in: self.partition) where !Task.isCancelled {
            guard !repaired.contains(room) else { continue }
            do {
                let files = try await Self.atDisk { [all = self.files] in try all.take(room) }
                defer { files.giveBack() }
                // Read when nobody else writes any more: what a holder before us noted last is not to be cut off.
                for record in try await self.ledger.notedFiles(of: room) { try await self.repair(record, files) }
                repaired.insert(room)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private func repair(_ record: DailyFileRecord, _ files: DailyFilesOfRoom) async throws {
        // Cuts what was never noted.
        if try await Self.atDisk({ try files.append([], on: record.day, after: record.length) }) != nil { return }
        let length = try await self.rewrite(
            record.day, of: record.room, known: record.length, written: record.written, through: record.written, files)
        try await self.ledger.note([
            WrittenMessages(
                room: record.room, after: record.written, through: record.written, lengths: [record.day: length])
        ])
    }

    /// Writes what comes next in one room.
    private func write(_ room: String, _ files: DailyFilesOfRoom) async throws -> WrittenMessages? {
        let next = try await self.ledger.unwritten(in: room, limit: Self.batchSize)
        guard let last = next.lines.last else { return nil }
        var lengths: [String: Int] = [:]
        for (day, lines) in Dictionary(grouping: next.lines, by: \.day) {
            let (bytes, known) = (Self.bytes(lines), next.lengths[day] ?? 0)
            if let length = try await Self.atDisk({ try files.append(bytes, on: day, after: known) }) {
                lengths[day] = length
            } else {
                lengths[day] = try await self.rewrite(
                    day, of: room, known: next.lengths[day] ?? 0, written: next.written, through: last.sequence, files)
            }
        }
        self.written.increment(by: next.lines.count)
        return WrittenMessages(room: room, after: next.written, through: last.sequence, lengths: lengths)
    }

    /// - Parameters:
    ///   - length: What is noted of the file.
    ///   - written: Where the room stands.
    private func rewrite(
        _ day: String, of room: String, known length: Int, written: Int, through sequence: Int,
        _ files: DailyFilesOfRoom
    ) async throws -> Int {
        self.logger.warning("writing a daily file anew", metadata: ["room": "\(room)", "day": "\(day)"])
        // First: its lines are as the messages are now. Should the new length not be noted, the old one would be somewhere
        // in a line, where the next attempt would cut it.
        if length >= 0 {
            try await self.ledger.note([
                WrittenMessages(room: room, after: written, through: written, lengths: [day: -1])
            ])
        }
        let bytes = Self.bytes(try await self.ledger.lines(of: room, on: day, through: sequence))
        return try await Self.atDisk { try files.rewrite(bytes, on: day) }
    }

    /// Waits for the disk on a thread of its own: on those of the tasks a slow disk would hold up every room's messages, and
    /// the leases.
    private static func atDisk<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive(body)
    }

    private static func bytes(_ lines: [DailyLine]) -> [UInt8] {
        var bytes: [UInt8] = []
        for line in lines {
            bytes += line.json
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}
