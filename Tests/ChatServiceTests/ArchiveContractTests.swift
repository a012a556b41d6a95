import NIOCore
import Redis
import Testing
import WireContract

@testable import ChatService

/// What every kind of archive keeps: its writers are fenced, and what was read twice is there once.
@Suite(.timeLimit(.minutes(1)))
struct ArchiveContractTests {
    @Test("the first start names the archive and fixes its number of partitions", arguments: ArchiveKind.all)
    func identity(_ kind: ArchiveKind) async throws {
        let archive = try kind.make()
        #expect(try await archive.prepare(partitions: 16, newIdentity: "one") == "one")
        #expect(try await archive.prepare(partitions: 16, newIdentity: "two") == "one")
        await #expect(throws: ArchiveError.otherPartitionCount(stored: 16, configured: 8)) {
            _ = try await archive.prepare(partitions: 8, newIdentity: "three")
        }
        #expect(try await archive.partition(3) == PartitionRecord())
    }

    @Test("another token, another life or another cursor writes nothing and moves nothing", arguments: ArchiveKind.all)
    func fence(_ kind: ArchiveKind) async throws {
        let held = try await HeldArchive(kind)
        let other = StreamID(milliseconds: 5, sequence: 0)
        for (token, runID, cursor) in [("b", "life", .zero), ("a", "other life", .zero), ("a", "life", other)] {
            await #expect(throws: ArchiveError.notTheHolder) {
                try await held.append([HeldArchive.entry(1)], after: cursor, token: token, runID: runID)
            }
        }
        #expect(try await held.record().highestSequence == 0)
        #expect(try await held.messages().isEmpty)
        #expect(try await held.archive.roomsWithUnwrittenMessages(in: 0).isEmpty)
        #expect(try await held.archive.partition(0).cursor == .zero)
        try await held.append([HeldArchive.entry(1)])
        #expect(try await held.record().highestSequence == 1)
        #expect(try await held.archive.partition(0).cursor == held.last)
    }

    @Test("a claim from a record that is not the present one takes nothing from the holder", arguments: ArchiveKind.all)
    func staleClaim(_ kind: ArchiveKind) async throws {
        let held = try await HeldArchive(kind)
        let before = try await held.archive.partition(0)
        #expect(try await held.archive.claim(0, by: OpeningMark(number: 2, token: "b"), from: before))
        try await held.append([HeldArchive.entry(1)], token: "b")
        // A process that read the record before that and wakes only now.
        let late = OpeningMark(number: 2, token: "c")
        #expect(try await held.archive.claim(0, by: late, from: before) == false)
        #expect(try await held.archive.claim(0, by: late, from: before, newLife: ("life 2", "e2")) == false)
        let after = try await held.archive.partition(0)
        #expect(
            after
                == PartitionRecord(
                    runID: "life", epoch: "e1", opening: OpeningMark(number: 2, token: "b"), cursor: held.last))
    }

    @Test("the same batch read twice is there once", arguments: ArchiveKind.all)
    func twice(_ kind: ArchiveKind) async throws {
        let held = try await HeldArchive(kind)
        let batch = [HeldArchive.entry(1), HeldArchive.entry(2)]
        try await held.append(batch)
        #expect(
            try await held.archive.claim(
                0, by: HeldArchive.opening, from: try await held.archive.partition(0), newLife: ("life", "e1")))
        #expect(try await held.archive.partition(0).cursor == .zero)
        try await held.append(batch)
        #expect(try await held.record().events.map(\.sequence) == [1, 2])
        #expect(try await held.messages().count == 2)
        #expect(try await held.archive.unwritten(in: HeldArchive.room, limit: 10).lines.count == 2)
    }

    @Test(
        "an event is unique by room, epoch and seq; an id by room and author, and names the newest of its acts",
        arguments: ArchiveKind.all)
    func unique(_ kind: ArchiveKind) async throws {
        let held = try await HeldArchive(kind)
        try await held.append([
            HeldArchive.entry(1, id: "same"), HeldArchive.entry(2, id: "same", [("answer", "{2}")]),
            HeldArchive.entry(2, user: "ghost-2"),
        ])
        let record = try await held.record()
        #expect(record.events.map { "\($0.sequence) \($0.user)" } == ["1 viper-1", "2 viper-1"])
        #expect(record.marks.map { "\($0.author) \($0.id)" } == ["viper-1 same"])
        #expect(record.marks.map { String(decoding: $0.answer, as: UTF8.self) } == ["{2}"])
    }

    @Test("a person's message is answered from the archive with what it was answered with", arguments: ArchiveKind.all)
    func receipt(_ kind: ArchiveKind) async throws {
        let held = try await HeldArchive(kind)
        let posted = PostedMessage(
            room: HeldArchive.room, epoch: "e1", sequence: 7, user: "viper-1", tail: Array(#","content":"m7"}"#.utf8),
            timestamp: "2027-01-15T08:00:00.000Z")
        try await held.append([
            StreamEntry(
                id: StreamID(milliseconds: 7, sequence: 0),
                fields: [
                    ("publication", ByteBuffer(bytes: posted.publication)),
                    ("command", ByteBuffer(string: "1800000000000 d c7")),
                ])
        ])
        let mark = try #require(try await held.record().marks.first)
        #expect(mark.author == "viper-1" && mark.id == "c7" && mark.digest == "d")
        #expect(
            String(decoding: mark.answer, as: UTF8.self) == String(decoding: posted.receipt, as: UTF8.self))
    }

    @Test(
        "an event that cannot be read is archived as the bytes it is, and stops nothing behind it",
        arguments: ArchiveKind.all)
    func unreadable(_ kind: ArchiveKind) async throws {
        let held = try await HeldArchive(kind)
        let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        let texts = ["{", #"{"metadata":{"signal_data":{"signal_id":"S1","deep":\#(deep)}}}"#]
        try await held.append([
            HeldArchive.entry(1, user: "SYSTEM", json: texts[0]),
            HeldArchive.entry(2, user: "SYSTEM", json: texts[1]),
            HeldArchive.entry(3, json: "{", [("event", "room_created"), ("message", "")]), HeldArchive.entry(4),
        ])
        #expect(try await held.record().events.map(\.sequence) == [1, 2, 3, 4])
        #expect(try await held.messages().prefix(2) == texts[...])
        let page = try await held.archive.page(of: HeldArchive.room, before: nil, limit: 10)
        #expect(page.messages.map(\.sequence) == [4, 2, 1])
        #expect(try await held.archive.rooms(of: 0).map(\.squad) == ["alpha"])
    }

    @Test("a signal nested as deeply as chat lets in is found by its name", arguments: ArchiveKind.all)
    func deepSignal(_ kind: ArchiveKind) async throws {
        let held = try await HeldArchive(kind)
        let depth = CommandData.maximumDepth - 1
        let deep = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let json = #"{"metadata":{"signal_data":{"signal_id":"S1","deep":\#(deep)}}}"#
        try await held.append([HeldArchive.entry(1, user: "SYSTEM", json: json)])
        #expect(try await held.archive.signal("S1", in: HeldArchive.room)?.sequence == 1)
        #expect(try await held.archive.signal("S1", in: "squad_bravo") == nil)
    }

    @Test(
        "a parked outcome waits until its signal is archived, also when the outbox is read twice",
        arguments: ArchiveKind.all)
    func parked(_ kind: ArchiveKind) async throws {
        let held = try await HeldArchive(kind)
        let parked = HeldArchive.entry(
            0, user: "SYSTEM", epoch: "-", json: #"{"outcome":"WIN"}"#,
            [("event", "outcome_parked"), ("message", ""), ("signal", "S1")])
        let signal = HeldArchive.entry(
            1, user: "SYSTEM", json: #"{"metadata":{"signal_data":{"signal_id":"S1"}}}"#)
        try await held.append([parked])
        #expect(try await held.record().highestSequence == 0)
        let waiting = try await held.archive.parkedOutcomes(of: 0, since: 0)
        #expect(waiting.map(\.signal) == ["S1"])
        #expect(waiting.map { String(decoding: $0.json, as: UTF8.self) } == [#"{"outcome":"WIN"}"#])
        #expect(try await held.archive.parkedOutcomes(of: 0, since: 1_800_000_000_000).isEmpty)
        try await held.append([signal])
        #expect(try await held.archive.parkedOutcomes(of: 0, since: 0).isEmpty)
        try await held.append([parked, signal])
        #expect(try await held.archive.parkedOutcomes(of: 0, since: 0).isEmpty)
    }

    @Test("a page is the newest below a seq, and says how far the archive went", arguments: ArchiveKind.all)
    func pages(_ kind: ArchiveKind) async throws {
        let held = try await HeldArchive(kind)
        try await held.append((1...5).map { HeldArchive.entry($0) })
        let page = try await held.archive.page(of: HeldArchive.room, before: 4, limit: 2)
        #expect(page.through == 5 && page.messages.map(\.sequence) == [3, 2])
        #expect(try await held.archive.page(of: HeldArchive.room, before: nil, limit: 0).through == 5)
        #expect(
            try await held.archive.page(of: "squad_bravo", before: nil, limit: 9)
                == ArchivedPage(through: 0, messages: []))
        #expect(try await held.archive.message("squad_alpha.e1.3", in: HeldArchive.room)?.sequence == 3)
        #expect(try await held.archive.message("squad_alpha.e1.3", in: "squad_bravo") == nil)
    }

    @Test(
        "the record of a room follows on what Redis has, or begins anew when it cannot close the hole",
        arguments: ArchiveKind.all)
    func record(_ kind: ArchiveKind) async throws {
        let held = try await HeldArchive(kind)
        let joined = HeldArchive.entry(
            7, json: #"{"seq":7,"user_id":"viper-1"}"#, [("event", "member_added"), ("message", ""), ("id", "")])
        let changed = HeldArchive.entry(
            8, json: #"{"emoji":"👍"}"#,
            [
                ("event", "reaction_added"), ("message", "squad_alpha.e1.2"),
                ("state", #"{"seq":2,"content":"changed"}"#),
            ])
        try await held.append((1...6).map { HeldArchive.entry($0, epoch: $0 < 4 ? "e1" : "e2") } + [joined, changed])
        let tail = try await held.record(beyond: 5, count: 10)
        #expect(!tail.startsAnew && tail.highestSequence == 8)
        #expect(tail.events.map(\.sequence) == [6, 7, 8])
        // The one that was changed after 5 comes back too.
        #expect(tail.messages.map(\.sequence) == [2, 6])
        #expect(String(decoding: tail.messages[0].json, as: UTF8.self).contains("changed"))
        #expect(tail.epochs == "e1:1 e2:4")
        #expect(tail.members.map(\.user) == ["viper-1"])
        #expect(try await held.record(beyond: 5, count: 3).startsAnew == false)
        let newest = try await held.record(beyond: 2, count: 3)
        #expect(newest.startsAnew && newest.hasOlderMessages)
        #expect(newest.events.map(\.sequence) == [6, 7, 8])
        #expect(newest.messages.map(\.sequence) == [4, 5, 6])
        #expect(newest.toldMessages.map(\.sequence) == [2], "the last event tells of it")
        #expect(newest.toldMessages.map(\.lastChange) == [8])
        #expect(try await held.record(beyond: 0, count: 99).startsAnew)
    }

    @Test(
        "where two histories went apart a seq counts once: a page is whole, and older messages are not forgotten",
        arguments: ArchiveKind.all)
    func apart(_ kind: ArchiveKind) async throws {
        let held = try await HeldArchive(kind)
        try await held.append((1...4).map { HeldArchive.entry($0) })
        try await held.append([HeldArchive.entry(4, id: "other", epoch: "e2"), HeldArchive.entry(5, epoch: "e2")])
        let page = try await held.archive.page(of: HeldArchive.room, before: nil, limit: 4)
        #expect(page.messages.map(\.id) == ["e2.5", "e2.4", "e1.3", "e1.2"].map { "\(HeldArchive.room).\($0)" })
        let record = try await held.archive.record(of: HeldArchive.room, beyond: 0, count: 4, markedSince: 0)
        #expect(record.hasOlderMessages, "message 1 is in the archive only")
    }

    @Test("the seq of the so-many-th message before a place counts each seq once", arguments: ArchiveKind.all)
    func countedBack(_ kind: ArchiveKind) async throws {
        let held = try await HeldArchive(kind)
        // 3 stands twice: two histories went apart there.
        try await held.append(
            [1, 2, 3, 5, 8].map { HeldArchive.entry($0) } + [HeldArchive.entry(3, id: "other", epoch: "e2")])
        func sequence(_ count: Int, before: Int) async throws -> Int? {
            try await held.archive.sequence(ofMessage: count, before: before, in: HeldArchive.room)
        }
        #expect(try await sequence(1, before: 9) == 8)
        #expect(try await sequence(1, before: 8) == 5)
        #expect(try await sequence(3, before: 8) == 2)
        #expect(try await sequence(4, before: 8) == 1)
        #expect(try await sequence(5, before: 8) == nil)
        #expect(try await held.archive.sequence(ofMessage: 1, before: 9, in: "squad_other") == nil)
    }
}
