import NIOConcurrencyHelpers

@testable import ChatService

/// An archive that is away for some questions, as a full disk, a lost host or a killed process make it.
final class ArchiveAway: MessageArchive, DailyFileLedger {
    enum Question: CaseIterable {
        case append, read, noteFiles
        /// That a file is about to be written anew.
        case noteRewriting
    }

    struct IsAway: Error {}

    private let archive: any MessageArchive & DailyFileLedger
    private let away = NIOLockedValueBox<Set<Question>>([])
    private let isSilent = NIOLockedValueBox(false)

    init(_ archive: any MessageArchive & DailyFileLedger, for questions: Set<Question> = []) {
        self.archive = archive
        self.away.withLockedValue { $0 = questions }
    }

    func goAway(for questions: Set<Question>) { self.away.withLockedValue { $0 = questions } }

    /// Pages are asked for and not answered, as by a disk that hangs.
    func fallSilent() { self.isSilent.withLockedValue { $0 = true } }

    func comeBack() {
        self.away.withLockedValue { $0 = [] }
        self.isSilent.withLockedValue { $0 = false }
    }

    private func present(for question: Question) throws -> any MessageArchive & DailyFileLedger {
        if self.away.withLockedValue({ $0.contains(question) }) { throw IsAway() }
        return self.archive
    }

    func prepare(partitions: Int, newIdentity: String) async throws -> String {
        try await self.present(for: .read).prepare(partitions: partitions, newIdentity: newIdentity)
    }

    func partition(_ partition: Int) async throws -> PartitionRecord {
        try await self.present(for: .read).partition(partition)
    }

    func claim(
        _ partition: Int, by opening: OpeningMark, from record: PartitionRecord,
        newLife: (runID: String, epoch: String)?
    ) async throws -> Bool {
        try await self.present(for: .append).claim(partition, by: opening, from: record, newLife: newLife)
    }

    func append(_ batch: OutboxBatch, to partition: Int, token: String, runID: String) async throws {
        try await self.present(for: .append).append(batch, to: partition, token: token, runID: runID)
    }

    func rooms(of partition: Int) async throws -> [ArchivedRoom] {
        try await self.present(for: .read).rooms(of: partition)
    }

    func record(
        of room: String, beyond sequence: Int, count: Int, markedSince moment: Int
    ) async throws -> ArchivedHistory {
        try await self.present(for: .read).record(of: room, beyond: sequence, count: count, markedSince: moment)
    }

    func page(of room: String, before: Int?, limit: Int) async throws -> ArchivedPage {
        while self.isSilent.withLockedValue({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
        return try await self.present(for: .read).page(of: room, before: before, limit: limit)
    }

    func sequence(ofMessage count: Int, before: Int, in room: String) async throws -> Int? {
        try await self.present(for: .read).sequence(ofMessage: count, before: before, in: room)
    }

    func messages(_ questions: [MessageQuestion]) async throws -> [FoundMessage] {
        try await self.present(for: .read).messages(questions)
    }

    func signal(_ signal: String, in room: String) async throws -> ArchivedMessage? {
        try await self.present(for: .read).signal(signal, in: room)
    }

    func parkedOutcomes(of partition: Int, since moment: Int) async throws -> [ParkedOutcome] {
        try await self.present(for: .read).parkedOutcomes(of: partition, since: moment)
    }

    func roomsWithUnwrittenMessages(in partition: Int) async throws -> [String] {
        try await self.present(for: .read).roomsWithUnwrittenMessages(in: partition)
    }

    func unwritten(in room: String, limit: Int) async throws -> UnwrittenMessages {
        try await self.present(for: .read).unwritten(in: room, limit: limit)
    }

    func lines(of room: String, on day: String, through sequence: Int) async throws -> [DailyLine] {
        try await self.present(for: .read).lines(of: room, on: day, through: sequence)
    }

    func note(_ written: [WrittenMessages]) async throws {
        let isRewriting = written.allSatisfy { $0.lengths.values.allSatisfy { $0 < 0 } }
        try await self.present(for: isRewriting ? .noteRewriting : .noteFiles).note(written)
    }

    func roomsWithFiles(in partition: Int) async throws -> [String] {
        try await self.present(for: .read).roomsWithFiles(in: partition)
    }

    func notedFiles(of room: String) async throws -> [DailyFileRecord] {
        try await self.present(for: .read).notedFiles(of: room)
    }
}
