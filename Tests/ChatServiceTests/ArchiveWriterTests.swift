import Database
import NIOCore
import Redis
import TestSupport
import Testing

@testable import ChatService

@Suite(.timeLimit(.minutes(1)))
struct ArchiveWriterTests {
    let archive: MessageArchive
    let writer: ArchiveWriter
    private let last = StreamID(milliseconds: 9, sequence: 0)

    init() async throws {
        let folder = try temporaryDirectory()
        self.archive = MessageArchive(
            database: try SQLDatabase(url: "sqlite:\(folder)/chat.sqlite", synchronous: .normal),
            files: DailyFiles(folder: "\(folder)/archive"))
        _ = try await self.archive.prepare(partitions: 1, newIdentity: "test")
        self.writer = ArchiveWriter(archive: self.archive, partition: 0, logger: ChatProcess.quiet)
        #expect(try await self.archive.claim(0, token: "a", from: PartitionRecord(), newLife: ("life", "e1")))
    }

    /// A message's entry of the outbox.
    private func entry(
        _ sequence: Int, user: String = "viper-1", id: String? = nil, json: String? = nil,
        _ more: [(String, String)] = []
    ) -> StreamEntry {
        let json = json ?? #"{"seq":\#(sequence),"content":"m\#(sequence)"}"#
        let fields =
            [
                ("event", "new_message"), ("room", "squad_alpha"), ("epoch", "e1"), ("seq", "\(sequence)"),
                ("user", user), ("id", id ?? "c\(sequence)"), ("digest", "d"), ("answer", "{}"),
                ("at", "1800000000000"),
                ("message", "squad_alpha.e1.\(sequence)"), ("json", json),
            ] + more
        var values: [String: String] = [:]
        for (name, value) in fields { values[name] = value }
        return StreamEntry(
            id: StreamID(milliseconds: UInt64(sequence + 1), sequence: 0),
            fields: values.map { ($0.key, ByteBuffer(string: $0.value)) })
    }

    private func write(
        _ entries: [StreamEntry], after cursor: StreamID = .zero, token: String = "a", runID: String = "life"
    ) async throws {
        try await self.writer.write(
            OutboxEntry.list(entries), last: self.last, after: cursor, token: token, runID: runID)
    }

    private func count(_ table: String) async throws -> Int {
        try await self.archive.database.read { try $0.first("SELECT count(*) AS n FROM \(table)")?.int("n") ?? -1 }
    }

    private func dailyLines() throws -> [String] {
        let path = self.archive.files.path(room: "squad_alpha", day: "2027-01-15")
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test("another token, another life or another cursor writes nothing and moves nothing")
    func fence() async throws {
        let other = StreamID(milliseconds: 5, sequence: 0)
        for (token, runID, cursor) in [("b", "life", .zero), ("a", "other life", .zero), ("a", "life", other)] {
            await #expect(throws: ArchiveError.notTheHolder) {
                try await self.write([self.entry(1)], after: cursor, token: token, runID: runID)
            }
        }
        #expect(try await self.count("events") == 0)
        #expect(try await self.count("messages") == 0)
        #expect(try await self.archive.partition(0).cursor == .zero)
        try await self.write([self.entry(1)])
        #expect(try await self.count("events") == 1)
        #expect(try await self.archive.partition(0).cursor == self.last)
    }

    @Test("a claim from a record that is not the present one takes nothing from the holder")
    func staleClaim() async throws {
        let before = try await self.archive.partition(0)
        #expect(try await self.archive.claim(0, token: "b", from: before))
        try await self.write([self.entry(1)], token: "b")
        // A process that read the record before that and wakes only now.
        #expect(try await self.archive.claim(0, token: "c", from: before) == false)
        #expect(try await self.archive.claim(0, token: "c", from: before, newLife: ("life 2", "e2")) == false)
        let after = try await self.archive.partition(0)
        #expect(after == PartitionRecord(runID: "life", epoch: "e1", token: "b", cursor: self.last))
    }

    @Test("the same batch read twice is one row and one daily line of each")
    func twice() async throws {
        let batch = [self.entry(1), self.entry(2)]
        try await self.write(batch)
        #expect(
            try await self.archive.claim(
                0, token: "a", from: try await self.archive.partition(0), newLife: ("life", "e1")))
        try await self.write(batch)
        #expect(try await self.count("events") == 2)
        #expect(try await self.count("messages") == 2)
        #expect(try self.dailyLines().count == 2)
    }

    @Test("an event is unique by room, epoch and seq; an id by room and author, and stays with its first act")
    func unique() async throws {
        try await self.write([self.entry(1, id: "same"), self.entry(2, id: "same"), self.entry(2, user: "ghost-2")])
        let rows = try await self.archive.database.read { sql in
            try sql.query("SELECT seq, user, id FROM events ORDER BY seq").map { row in
                "\(try row.int("seq")) \(try row.string("user")) \(try row.optionalString("id") ?? "-")"
            }
        }
        #expect(rows == ["1 viper-1 same", "2 viper-1 -"])
    }

    @Test("an event that cannot be read is archived as the bytes it is, and stops nothing behind it")
    func unreadable() async throws {
        let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        let texts = ["{", #"{"metadata":{"signal_data":{"signal_id":"S1","deep":\#(deep)}}}"#]
        try await self.write(
            [
                self.entry(1, user: "SYSTEM", json: texts[0]), self.entry(2, user: "SYSTEM", json: texts[1]),
                self.entry(3, json: "{", [("event", "room_created"), ("message", "")]), self.entry(4),
            ])
        #expect(try await self.count("events") == 4)
        let stored = try await self.archive.page(of: "squad_alpha", before: nil, limit: 10).messages.reversed()
        #expect(stored.map { String(decoding: $0.json, as: UTF8.self) }.prefix(2) == texts[...])
        #expect(stored.map(\.sequence) == [1, 2, 4])
        #expect(try await self.archive.rooms(of: 0).map(\.squad) == ["alpha"])
    }

    @Test("a signal nested as deeply as chat lets in is found by its name")
    func deepSignal() async throws {
        let depth = CommandData.maximumDepth - 1
        let deep = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let json = #"{"metadata":{"signal_data":{"signal_id":"S1","deep":\#(deep)}}}"#
        try await self.write([self.entry(1, user: "SYSTEM", json: json)])
        #expect(try await self.archive.signal("S1", in: "squad_alpha")?.sequence == 1)
    }

    @Test("a parked outcome waits until its signal is archived, also when the outbox is read twice")
    func parked() async throws {
        let parked = self.entry(
            0, user: "SYSTEM", json: #"{"outcome":"WIN"}"#,
            [("event", "outcome_parked"), ("message", ""), ("epoch", "-"), ("signal", "S1")])
        let signal = self.entry(1, user: "SYSTEM", json: #"{"metadata":{"signal_data":{"signal_id":"S1"}}}"#)
        try await self.write([parked])
        #expect(try await self.count("events") == 0)
        let waiting = try await self.archive.parkedOutcomes(of: 0, since: 0)
        #expect(waiting.map(\.signal) == ["S1"])
        #expect(waiting.map { String(decoding: $0.json, as: UTF8.self) } == [#"{"outcome":"WIN"}"#])
        #expect(try await self.archive.parkedOutcomes(of: 0, since: 1_800_000_000_000).isEmpty)
        try await self.write([signal], after: self.last)
        #expect(try await self.archive.parkedOutcomes(of: 0, since: 0).isEmpty)
        try await self.write([parked, signal], after: self.last)
        #expect(try await self.archive.parkedOutcomes(of: 0, since: 0).isEmpty)
    }
}
