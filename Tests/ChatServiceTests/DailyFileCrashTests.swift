import Foundation
import Glibc
import NIOConcurrencyHelpers
import Redis
import Testing

@testable import ChatService

/// The daily files after a kill or a power cut: at no moment is a line lost or doubled.
@Suite(.timeLimit(.minutes(1)))
struct DailyFileCrashTests {
    private let bench: DailyFileBench

    init() async throws { self.bench = try await DailyFileBench() }

    @Test("killed between the file and its note, the line is there once")
    func killedBeforeNote() async throws {
        try await self.bench.held.append([HeldArchive.entry(1)])
        try await self.bench.follower.follow()
        self.bench.away.goAway(for: [.noteFiles])
        try await self.bench.held.append([HeldArchive.entry(2), HeldArchive.entry(3)])
        await #expect(throws: ArchiveAway.IsAway.self) { try await self.bench.follower.follow() }
        #expect(try self.bench.contents() == ["m1", "m2", "m3"])
        self.bench.away.comeBack()
        try await self.bench.follower.follow()
        #expect(try self.bench.contents() == ["m1", "m2", "m3"])
        try await self.bench.held.append([HeldArchive.entry(4)])
        try await self.bench.follower.follow()
        #expect(try self.bench.contents() == ["m1", "m2", "m3", "m4"])
    }

    @Test("a half line behind what is noted is cut off, at once by a new holder, or by the next line")
    func uncommittedTail() async throws {
        try await self.bench.held.append([HeldArchive.entry(1)])
        try await self.bench.follower.follow()
        let whole = try Data(contentsOf: self.bench.path())
        try (whole + Data("{\"half".utf8)).write(to: self.bench.path())
        try await self.bench.repair(self.bench.follower)
        #expect(try Data(contentsOf: self.bench.path()) == whole)
        try (whole + Data("{\"half".utf8)).write(to: self.bench.path())
        try await self.bench.held.append([HeldArchive.entry(2)])
        try await self.bench.follower.follow()
        #expect(try self.bench.contents() == ["m1", "m2"])
    }

    @Test("a file that is shorter after a power cut, or gone, is written anew")
    func shorter() async throws {
        try await self.bench.held.append((1...3).map { HeldArchive.entry($0) })
        try await self.bench.follower.follow()
        let whole = try Data(contentsOf: self.bench.path())
        try whole.prefix(40).write(to: self.bench.path())
        try await self.bench.repair(self.bench.follower)
        #expect(try Data(contentsOf: self.bench.path()) == whole)
        try FileManager.default.removeItem(at: self.bench.path())
        try await self.bench.held.append([HeldArchive.entry(4)])
        try await self.bench.follower.follow()
        #expect(try self.bench.contents() == ["m1", "m2", "m3", "m4"])
    }

    @Test("every file is looked at after a crash, not the newest alone, and its last bytes too")
    func tornInThePast() async throws {
        try await self.bench.held.append([1, 2, 3].map { HeldArchive.entry($0) })
        try await self.bench.held.append([HeldArchive.entry(4, at: DailyFileBench.nextDay)])
        try await self.bench.held.append([HeldArchive.entry(5, at: DailyFileBench.nextDay + 86_400_000)])
        try await self.bench.follower.follow()
        let days = [DailyFileBench.day, "2027-01-16", "2027-01-17"]
        let whole = try days.map { try Data(contentsOf: self.bench.path($0)) }
        try whole[0].prefix(40).write(to: self.bench.path(days[0]))  // shorter
        try (whole[1].dropLast(20) + Data(count: 20)).write(to: self.bench.path(days[1]))  // as long, but not written
        try (whole[2] + Data("{".utf8)).write(to: self.bench.path(days[2]))  // longer
        try await self.bench.repair(self.bench.follower)
        #expect(try days.map { try Data(contentsOf: self.bench.path($0)) } == whole)
    }

    @Test("a length is noted only when its bytes are on disk")
    func syncedBeforeNoted() async throws {
        let synced = NIOLockedValueBox<[UInt: Int]>([:])
        let isBroken = NIOLockedValueBox(false)
        var files = self.bench.files
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
            partition: 0, ledger: self.bench.away, files: files, health: self.bench.health, logger: ChatProcess.quiet)
        func noted() async throws -> [Int] {
            try await self.bench.held.archive.notedFiles(of: "squad_alpha").map(\.length)
        }
        func onDisk() throws -> Int {
            var status = stat()
            stat(self.bench.path().path, &status)
            return synced.withLockedValue { $0[status.st_ino] } ?? -1
        }
        try await self.bench.held.append([HeldArchive.entry(1)])
        try await follower.follow()
        #expect(try await noted() == [try onDisk()])
        // The names of the file and of its folders too.
        #expect(synced.withLockedValue { $0.count } == 4)
        let before = try await noted()
        isBroken.withLockedValue { $0 = true }
        try await self.bench.held.append([HeldArchive.entry(2)])
        await #expect(throws: ArchiveError.self) { try await follower.follow() }
        #expect(try await noted() == before)
        isBroken.withLockedValue { $0 = false }
        try await follower.follow()
        #expect(try await noted() == [try onDisk()])
        #expect(try self.bench.contents() == ["m1", "m2"])
        // And of what is written anew.
        try Data().write(to: self.bench.path())
        synced.withLockedValue { $0 = [:] }
        try await self.bench.repair(follower)
        #expect(try await noted() == [try onDisk()])
    }

    @Test(
        "killed between a file that is written anew and its note, every line is whole, also where messages were changed since",
        arguments: [true, false])
    func killedBeforeNoteOfRewriting(byRepair: Bool) async throws {
        try await self.bench.held.append([1, 2, 3].map { HeldArchive.entry($0) })
        try await self.bench.follower.follow()
        let first = "\(HeldArchive.room).e1.1"
        let state = #"{"seq":1,"content":"m1","metadata":{"outcome":"much longer than it was"}}"#
        try await self.bench.held.append([
            HeldArchive.entry(4, [("event", "signal_updated"), ("message", first), ("state", state)])
        ])
        try Data(contentsOf: self.bench.path()).prefix(40).write(to: self.bench.path())
        if !byRepair { try await self.bench.held.append([HeldArchive.entry(5)]) }
        self.bench.away.goAway(for: [.noteFiles])
        await #expect(throws: ArchiveAway.IsAway.self) {
            if byRepair {
                try await self.bench.repair(self.bench.follower)
            } else {
                try await self.bench.follower.follow()
            }
        }
        self.bench.away.comeBack()
        if byRepair { try await self.bench.held.append([HeldArchive.entry(5)]) }
        try await self.bench.follower.follow()
        #expect(try self.bench.contents() == ["m1", "m2", "m3", "m5"])
        let lines = try String(contentsOf: self.bench.path(), encoding: .utf8).split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasSuffix("}") })
        #expect(try await self.bench.held.archive.roomsWithUnwrittenMessages(in: 0).isEmpty)
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
        try await self.bench.held.append([HeldArchive.entry(1), bravo(1)])
        try await self.bench.follower.follow()
        let bravoFile = self.bench.path(DailyFileBench.day, "squad_bravo")
        // An uncommitted tail in both; alpha's folder is in other hands.
        for file in [self.bench.path(), bravoFile] {
            let text = try String(contentsOf: file, encoding: .utf8)
            try (text + "tail").write(to: file, atomically: false, encoding: .utf8)
        }
        let taken = try self.bench.files.take(HeldArchive.room)
        var repaired: Set<String> = []
        do {
            try await self.bench.follower.repair(beside: &repaired)
            Issue.record("alpha's files are held")
        } catch ArchiveError.filesHeld(room: HeldArchive.room) {}
        #expect(try !String(contentsOf: bravoFile, encoding: .utf8).contains("tail"))
        // And they are not looked at again with the one that is left.
        #expect(repaired == ["squad_bravo"])
        withExtendedLifetime(taken) {}
    }
}
