import Foundation
import TestSupport
import Testing
import WorkQueue

@testable import ChatService

/// The follower that writes the daily files: what comes into which, and what stops it.
@Suite(.timeLimit(.minutes(1)))
struct DailyFileTests {
    private let bench: DailyFileBench

    init() async throws { self.bench = try await DailyFileBench() }

    @Test("each message is one line of the day it was posted on, in the room's order, however many there are")
    func days() async throws {
        try await self.bench.held.append((1...1_200).map { HeldArchive.entry($0) })
        try await self.bench.held.append((1_201...1_203).map { HeldArchive.entry($0, at: DailyFileBench.nextDay) })
        try await self.bench.follower.follow()
        try await self.bench.follower.follow()
        #expect(try self.bench.contents() == (1...1_200).map { "m\($0)" })
        #expect(try self.bench.contents("2027-01-16") == ["m1201", "m1202", "m1203"])
        #expect(try await self.bench.held.archive.roomsWithUnwrittenMessages(in: 0).isEmpty)
    }

    @Test("a full disk stops the files but not the archive, and is told until there is room again")
    func fullDisk() async throws {
        try FileManager.default.createDirectory(
            at: self.bench.path().deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: self.bench.path().path, withDestinationPath: "/dev/full")
        let bravo = HeldArchive.entry(2, [("room", "squad_bravo"), ("message", "squad_bravo.e1.2")])
        try await self.bench.held.append([HeldArchive.entry(1), bravo])
        let lease = PartitionLease(partition: 0, token: "a")
        let wakeUps = WakeUps()
        let task = Task { [follower = self.bench.follower] in
            await follower.run(wakeUps, under: lease, gathering: .milliseconds(1))
        }
        await eventually { self.bench.health.report != nil }
        #expect(self.bench.health.report?.contains("No space left on device") == true)
        try await self.bench.held.append([HeldArchive.entry(3)])
        #expect(try await self.bench.held.record().highestSequence == 3)
        // The other room's files go on.
        #expect(try self.bench.contents(DailyFileBench.day, "squad_bravo") == ["m2"])
        try FileManager.default.removeItem(at: self.bench.path())
        wakeUps.wake()
        await eventually { try self.bench.contents() == ["m1", "m3"] }
        await eventually { self.bench.health.report == nil }
        lease.end()
        wakeUps.wake()
        await task.value
    }

    @Test("a holder that is told to stop begins no file: who takes the partition over does not wait for the disk")
    func stop() async throws {
        try await self.bench.held.append([HeldArchive.entry(1)])
        let lease = PartitionLease(partition: 0, token: "a")
        let task = Task { [follower = self.bench.follower] in
            await follower.run(WakeUps(), under: lease, gathering: .seconds(3_600))
        }
        lease.end()
        task.cancel()
        await task.value
        #expect(!FileManager.default.fileExists(atPath: self.bench.path().path))
        try await self.bench.follower.follow()
        #expect(try self.bench.contents() == ["m1"])
    }

    @Test("while another process writes a room's files nothing is written there, and nothing is lost")
    func taken() async throws {
        try await self.bench.held.append([HeldArchive.entry(1)])
        var other: DailyFilesOfRoom? = try self.bench.files.take(HeldArchive.room)
        #expect(other != nil)
        await #expect(throws: ArchiveError.filesHeld(room: HeldArchive.room)) { try await self.bench.follower.follow() }
        #expect(!FileManager.default.fileExists(atPath: self.bench.path().path))
        other = nil
        try await self.bench.follower.follow()
        #expect(try self.bench.contents() == ["m1"])
    }

    @Test("a part of the past that comes later, from a Redis that was away, is put in its place")
    func latePast() async throws {
        try await self.bench.held.append([1, 2, 5].map { HeldArchive.entry($0) })
        try await self.bench.held.append([HeldArchive.entry(6, at: DailyFileBench.nextDay)])
        try await self.bench.follower.follow()
        try await self.bench.held.append([3, 4].map { HeldArchive.entry($0, epoch: "e2") })
        // The same seq in two epochs, where one batch of the follower ends.
        try await self.bench.held.append([
            HeldArchive.entry(5, id: "other", epoch: "e2", json: #"{"content":"other 5"}"#)
        ])
        #expect(try await self.bench.held.archive.unwritten(in: HeldArchive.room, limit: 3).lines.count == 4)
        try await self.bench.follower.follow()
        #expect(try self.bench.contents().prefix(4) == ["m1", "m2", "m3", "m4"])
        #expect(try Set(self.bench.contents().suffix(2)) == ["m5", "other 5"])
        #expect(try self.bench.contents("2027-01-16") == ["m6"])
    }
}
