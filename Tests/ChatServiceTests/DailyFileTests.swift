import Foundation
import Glibc
import NIOConcurrencyHelpers
import Redis
import TestSupport
import Testing
import WorkQueue

@testable import ChatService

/// The follower that writes the daily files: killed at any moment, it neither loses nor doubles a line.
@Suite(.timeLimit(.minutes(1)))
struct DailyFileTests {
    private static let day = "2027-01-15"
    private static let nextDay = 1_800_000_000_000 + 86_400_000
    let held: HeldArchive
    let away: ArchiveAway
    let files: DailyFiles
    let health = DailyFileHealth()

    init() async throws {
        let folder = try temporaryDirectory()
        let archive = ArchiveAway(
            try SQLiteArchive(
                url: "sqlite:\(folder)/chat.sqlite", synchronous: .normal, logger: ChatProcess.quiet))
        self.away = archive
        self.held = try await HeldArchive(archive)
        self.files = DailyFiles(folder: "\(folder)/archive")
    }

    private var follower: DailyFileFollower {
        DailyFileFollower(
            partition: 0, ledger: self.away, files: self.files, health: self.health, logger: ChatProcess.quiet)
    }

    private func path(_ day: String = Self.day, _ room: String = HeldArchive.room) -> URL {
        URL(filePath: self.files.path(room: room, day: day))
    }

    /// The texts in a file, with `?` for a line that is none.
    private func contents(_ day: String = Self.day, _ room: String = HeldArchive.room) throws -> [String] {
        try String(contentsOf: self.path(day, room), encoding: .utf8).split(separator: "\n").map { line in
            line.firstRange(of: "\"content\":\"").map { String(line[$0.upperBound...].prefix { $0 != "\"" }) } ?? "?"
        }
    }

    @Test("each message is one line of the day it was posted on, in the room's order, however many there are")
    func days() async throws {
        try await self.held.append((1...1_200).map { HeldArchive.entry($0) })
        try await self.held.append((1_201...1_203).map { HeldArchive.entry($0, at: Self.nextDay) })
        try await self.follower.follow()
        try await self.follower.follow()
        #expect(try self.contents() == (1...1_200).map { "m\($0)" })
        #expect(try self.contents("2027-01-16") == ["m1201", "m1202", "m1203"])
        #expect(try await self.held.archive.roomsWithUnwrittenMessages(in: 0).isEmpty)
    }

    @Test("killed between the file and its note, the line is there once")
    func killedBeforeNote() async throws {
        try await self.held.append([HeldArchive.entry(1)])
        try await self.follower.follow()
        self.away.goAway(for: [.noteFiles])
        try await self.held.append([HeldArchive.entry(2), HeldArchive.entry(3)])
        await #expect(throws: ArchiveAway.IsAway.self) { try await self.follower.follow() }
        #expect(try self.contents() == ["m1", "m2", "m3"])
        self.away.comeBack()
        try await self.follower.follow()
        #expect(try self.contents() == ["m1", "m2", "m3"])
        try await self.held.append([HeldArchive.entry(4)])
        try await self.follower.follow()
        #expect(try self.contents() == ["m1", "m2", "m3", "m4"])
    }

    @Test("a half line behind what is noted is cut off, at once by a new holder, or by the next line")
    func uncommittedTail() async throws {
        try await self.held.append([HeldArchive.entry(1)])
        try await self.follower.follow()
        let whole = try Data(contentsOf: self.path())
        try (whole + Data("{\"half".utf8)).write(to: self.path())
        try await self.repair(self.follower)
        #expect(try Data(contentsOf: self.path()) == whole)
        try (whole + Data("{\"half".utf8)).write(to: self.path())
        try await self.held.append([HeldArchive.entry(2)])
        try await self.follower.follow()
        #expect(try self.contents() == ["m1", "m2"])
    }

    @Test("a file that is shorter after a power cut, or gone, is written anew")
    func shorter() async throws {
        try await self.held.append((1...3).map { HeldArchive.entry($0) })
        try await self.follower.follow()
        let whole = try Data(contentsOf: self.path())
        try whole.prefix(40).write(to: self.path())
        try await self.repair(self.follower)
        #expect(try Data(contentsOf: self.path()) == whole)
        try FileManager.default.removeItem(at: self.path())
        try await self.held.append([HeldArchive.entry(4)])
        try await self.follower.follow()
        #expect(try self.contents() == ["m1", "m2", "m3", "m4"])
    }

    @Test("every file is looked at after a crash, not the newest alone, and its last bytes too")
    func tornInThePast() async throws {
        try await self.held.append([1, 2, 3].map { HeldArchive.entry($0) })
        try await self.held.append([HeldArchive.entry(4, at: Self.nextDay)])
        try await self.held.append([HeldArchive.entry(5, at: Self.nextDay + 86_400_000)])
        try await self.follower.follow()
        let days = [Self.day, "2027-01-16", "2027-01-17"]
        let whole = try days.map { try Data(contentsOf: self.path($0)) }
        try whole[0].prefix(40).write(to: self.path(days[0]))  // shorter
        try (whole[1].dropLast(20) + Data(count: 20)).write(to: self.path(days[1]))  // as long, but not written
        try (whole[2] + Data("{".utf8)).write(to: self.path(days[2]))  // longer
        try await self.repair(self.follower)
        #expect(try days.map { try Data(contentsOf: self.path($0)) } == whole)
    }

    private func repair(_ follower: DailyFileFollower) async throws {
        var repaired: Set<String> = []
        try await follower.repair(beside: &repaired)
    }

    @Test("a length is noted only when its bytes are on disk")
    func syncedBeforeNoted() async throws {
        let synced = NIOLockedValueBox<[UInt: Int]>([:])
        let isBroken = NIOLockedValueBox(false)
        var files = self.files
        files.sync = { descriptor in
            if isBroken.withLockedValue({ $0 }) {
                errno = EIO
                return -1
            }
            var status = stat()
            fstat(descriptor, &status)
            synced.withLockedValue { $0[status.st_ino] = status.st_size }
            return 0
        }
        let follower = DailyFileFollower(
            partition: 0, ledger: self.away, files: files, health: self.health, logger: ChatProcess.quiet)
        func noted() async throws -> [Int] { try await self.held.archive.notedFiles(of: "squad_alpha").map(\.length) }
        func onDisk() throws -> Int {
            var status = stat()
            stat(self.path().path, &status)
            return synced.withLockedValue { $0[status.st_ino] } ?? -1
        }
        try await self.held.append([HeldArchive.entry(1)])
        try await follower.follow()
        #expect(try await noted() == [try onDisk()])
        // The names of the file and of its folders too.
        #expect(synced.withLockedValue { $0.count } == 4)
        let before = try await noted()
        isBroken.withLockedValue { $0 = true }
        try await self.held.append([HeldArchive.entry(2)])
        await #expect(throws: ArchiveError.self) { try await follower.follow() }
        #expect(try await noted() == before)
        isBroken.withLockedValue { $0 = false }
        try await follower.follow()
        #expect(try await noted() == [try onDisk()])
        #expect(try self.contents() == ["m1", "m2"])
        // And of what is written anew.
        try Data().write(to: self.path())
        synced.withLockedValue { $0 = [:] }
        try await self.repair(follower)
        #expect(try await noted() == [try onDisk()])
    }

    @Test(
        "killed between a file that is written anew and its note, every line is whole, also where messages were changed since",
        arguments: [true, false])
    func killedBeforeNoteOfRewriting(byRepair: Bool) async throws {
        try await self.held.append([1, 2, 3].map { HeldArchive.entry($0) })
        try await self.follower.follow()
        let first = "\(HeldArchive.room).e1.1"
        let state = #"{"seq":1,"content":"m1","metadata":{"outcome":"much longer than it was"}}"#
        try await self.held.append([
            HeldArchive.entry(4, [("event", "signal_updated"), ("message", first), ("state", state)])
        ])
        try Data(contentsOf: self.path()).prefix(40).write(to: self.path())
        if !byRepair { try await self.held.append([HeldArchive.entry(5)]) }
        self.away.goAway(for: [.noteFiles])
        await #expect(throws: ArchiveAway.IsAway.self) {
            if byRepair { try await self.repair(self.follower) } else { try await self.follower.follow() }
        }
        self.away.comeBack()
        if byRepair { try await self.held.append([HeldArchive.entry(5)]) }
        try await self.follower.follow()
        #expect(try self.contents() == ["m1", "m2", "m3", "m5"])
        let lines = try String(contentsOf: self.path(), encoding: .utf8).split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasSuffix("}") })
        #expect(try await self.held.archive.roomsWithUnwrittenMessages(in: 0).isEmpty)
    }

    @Test("a full disk stops the files but not the archive, and is told until there is room again")
    func fullDisk() async throws {
        try FileManager.default.createDirectory(
            at: self.path().deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: self.path().path, withDestinationPath: "/dev/full")
        let bravo = HeldArchive.entry(2, [("room", "squad_bravo"), ("message", "squad_bravo.e1.2")])
        try await self.held.append([HeldArchive.entry(1), bravo])
        let lease = PartitionLease(partition: 0, token: "a")
        let wakeUps = WakeUps()
        let task = Task { [follower = self.follower] in
            await follower.run(wakeUps, under: lease, gathering: .milliseconds(1))
        }
        await eventually { self.health.report != nil }
        #expect(self.health.report?.contains("No space left on device") == true)
        try await self.held.append([HeldArchive.entry(3)])
        #expect(try await self.held.record().highestSequence == 3)
        // The other room's files go on.
        #expect(try self.contents(Self.day, "squad_bravo") == ["m2"])
        try FileManager.default.removeItem(at: self.path())
        wakeUps.wake()
        await eventually { try self.contents() == ["m1", "m3"] }
        await eventually { self.health.report == nil }
        lease.end()
        wakeUps.wake()
        await task.value
    }

    @Test("a holder that is told to stop begins no file: who takes the partition over does not wait for the disk")
    func stop() async throws {
        try await self.held.append([HeldArchive.entry(1)])
        let lease = PartitionLease(partition: 0, token: "a")
        let task = Task { [follower = self.follower] in
            await follower.run(WakeUps(), under: lease, gathering: .seconds(3_600))
        }
        lease.end()
        task.cancel()
        await task.value
        #expect(!FileManager.default.fileExists(atPath: self.path().path))
        try await self.follower.follow()
        #expect(try self.contents() == ["m1"])
    }

    @Test("while another process writes a room's files nothing is written there, and nothing is lost")
    func taken() async throws {
        try await self.held.append([HeldArchive.entry(1)])
        var other: DailyFilesOfRoom? = try self.files.take(HeldArchive.room)
        #expect(other != nil)
        await #expect(throws: ArchiveError.filesHeld(room: HeldArchive.room)) { try await self.follower.follow() }
        #expect(!FileManager.default.fileExists(atPath: self.path().path))
        other = nil
        try await self.follower.follow()
        #expect(try self.contents() == ["m1"])
    }

    @Test("one room's files that cannot be repaired do not stop the others'")
    func repairsOthers() async throws {
        let other = #"{"seq":1,"content":"b1"}"#
        func bravo(_ sequence: Int) -> StreamEntry {
            HeldArchive.entry(
                sequence, id: "b\(sequence)", json: other,
                [
                    ("room", "squad_bravo"), ("message", "squad_bravo.e1.\(sequence)"),
                ])
        }
        try await self.held.append([HeldArchive.entry(1), bravo(1)])
        try await self.follower.follow()
        let bravoFile = self.path(Self.day, "squad_bravo")
        // An uncommitted tail in both; alpha's folder is in other hands.
        for file in [self.path(), bravoFile] {
            let text = try String(contentsOf: file, encoding: .utf8)
            try (text + "tail").write(to: file, atomically: false, encoding: .utf8)
        }
        let taken = try self.files.take(HeldArchive.room)
        var repaired: Set<String> = []
        do {
            try await self.follower.repair(beside: &repaired)
            Issue.record("alpha's files are held")
        } catch ArchiveError.filesHeld(room: HeldArchive.room) {}
        #expect(try !String(contentsOf: bravoFile, encoding: .utf8).contains("tail"))
        // And they are not looked at again with the one that is left.
        #expect(repaired == ["squad_bravo"])
        withExtendedLifetime(taken) {}
    }

    @Test("a part of the past that comes later, from a Redis that was away, is put in its place")
    func latePast() async throws {
        try await self.held.append([1, 2, 5].map { HeldArchive.entry($0) })
        try await self.held.append([HeldArchive.entry(6, at: Self.nextDay)])
        try await self.follower.follow()
        try await self.held.append([3, 4].map { HeldArchive.entry($0, epoch: "e2") })
        // The same seq in two epochs, where one batch of the follower ends.
        try await self.held.append([HeldArchive.entry(5, id: "other", epoch: "e2", json: #"{"content":"other 5"}"#)])
        #expect(try await self.held.archive.unwritten(in: HeldArchive.room, limit: 3).lines.count == 4)
        try await self.follower.follow()
        #expect(try self.contents().prefix(4) == ["m1", "m2", "m3", "m4"])
        #expect(try Set(self.contents().suffix(2)) == ["m5", "other 5"])
        #expect(try self.contents("2027-01-16") == ["m6"])
    }
}
