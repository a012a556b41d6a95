import NIOCore
import Redis
import TestSupport
import Testing

@testable import ChatService

/// A kind of archive that keeps the contract of ``MessageArchive`` and ``DailyFileLedger``.
struct ArchiveKind: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// A new archive with nothing in it.
    let make: @Sendable () throws -> any MessageArchive & DailyFileLedger

    static let all = [
        ArchiveKind(testDescription: "SQLite") {
            try SQLiteArchive(
                url: "sqlite:\(temporaryDirectory())/chat.sqlite", synchronous: .normal, logger: ChatProcess.quiet)
        }
    ]
}

/// One archive whose partition 0 the token `a` holds in the life `life`.
struct HeldArchive: Sendable {
    static let room = "squad_alpha"
    static let opening = OpeningMark(number: 1, token: "a")
    let archive: any MessageArchive & DailyFileLedger
    /// Where every batch of a test ends.
    let last = StreamID(milliseconds: 9, sequence: 0)

    init(_ archive: any MessageArchive & DailyFileLedger) async throws {
        self.archive = archive
        _ = try await archive.prepare(partitions: 1, newIdentity: "test")
        #expect(try await archive.claim(0, by: Self.opening, from: PartitionRecord(), newLife: ("life", "e1")))
    }

    init(_ kind: ArchiveKind) async throws {
        try await self.init(try kind.make())
    }

    /// A message's entry of the outbox, of 2027-01-15 unless said otherwise.
    static func entry(
        _ sequence: Int, user: String = "viper-1", id: String? = nil, epoch: String = "e1", at: Int = 1_800_000_000_000,
        json: String? = nil, _ more: [(String, String)] = []
    ) -> StreamEntry {
        let fields =
            [
                ("event", "new_message"), ("room", Self.room), ("epoch", epoch), ("seq", "\(sequence)"),
                ("user", user), ("id", id ?? "c\(sequence)"), ("digest", "d"), ("answer", "{}"), ("at", "\(at)"),
                ("message", "\(Self.room).\(epoch).\(sequence)"),
                ("json", json ?? #"{"seq":\#(sequence),"content":"m\#(sequence)"}"#),
            ] + more
        var values: [String: String] = [:]
        for (name, value) in fields { values[name] = value }
        return StreamEntry(
            id: StreamID(milliseconds: UInt64(sequence + 1), sequence: 0),
            fields: values.map { ($0.key, ByteBuffer(string: $0.value)) })
    }

    func append(
        _ entries: [StreamEntry], after cursor: StreamID? = nil, token: String = "a", runID: String = "life"
    ) async throws {
        let present = try await self.archive.partition(0).cursor
        try await self.archive.append(
            OutboxBatch(entries: OutboxEntry.list(entries), after: cursor ?? present, last: self.last), to: 0,
            token: token, runID: runID)
    }

    /// Everything the archive would give back of the room.
    func record(beyond sequence: Int = 0, count: Int = 1_000) async throws -> ArchivedHistory {
        try await self.archive.record(of: Self.room, beyond: sequence, count: count, markedSince: 0)
    }

    /// The room's messages, oldest first.
    func messages() async throws -> [String] {
        try await self.archive.page(of: Self.room, before: nil, limit: 1_000).messages.reversed().map {
            String(decoding: $0.json, as: UTF8.self)
        }
    }
}
