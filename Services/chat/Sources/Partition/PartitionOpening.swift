import Logging
import Redis
import WireContract
import WorkQueue

/// Makes a partition ready for its first command under a lease, and after every lost connection.
struct PartitionOpening: Sendable {
    let keys: ChatKeys
    let archive: any MessageArchive
    let identity: ArchiveIdentity
    let logger: Logger

    /// - Parameter reached: The last entry that this holder has applied, zero at its first opening.
    /// - Returns: The cursor and the epoch.
    /// - Throws: ``ArchiveError`` when this Redis belongs to another archive, or the partition to another process.
    func open(
        _ fence: PartitionFence, reached: StreamID, _ connection: RedisConnection
    ) async throws -> (cursor: StreamID, epoch: String) {
        try await self.identity.check(connection)
        // Before Redis is asked: who is the holder after it was read may claim what it says.
        let record = try await self.archive.partition(self.keys.partition)
        let state = try await self.state(fence, connection)
        switch Continuity(runID: fence.runID, state, record, reached: reached) {
        case .proven(let epoch, let cursor):
            // The archiver claims its side of the partition by itself: a hand-over must not wait for the disk.
            if state.opening.token == fence.token { return (cursor, epoch) }
            return (try await self.note(epoch, self.mark(state, record, fence), fence, connection), epoch)
        case .archiveIsOlder(let epoch, _):
            // Nothing in Redis is lost; what the outbox still holds is archived again.
            self.logger.warning(
                "the archive is older than Redis: it goes on with what the outbox still holds",
                metadata: ["partition": "\(self.keys.partition)", "archived_through": "\(record.cursor)"])
            let mark = self.mark(state, record, fence)
            let cursor = try await self.note(epoch, mark, fence, connection)
            try await self.claim(record, mark, fence, epoch: epoch)
            return (cursor, epoch)
        case .unproven(let reason):
            return try await self.beginAnew(reason, record, self.mark(state, record, fence), fence, connection)
        }
    }

    /// What brings rooms back that Redis lost.
    var restoring: RoomRestoring { RoomRestoring(keys: self.keys, archive: self.archive, logger: self.logger) }

    private func state(_ fence: PartitionFence, _ connection: RedisConnection) async throws -> PartitionState {
        let replies = try await connection.pipeline([
            RedisCommand("HMGET", RedisArgument(self.keys.state), "token", "run", "epoch", "cursor", "opening"),
            RedisCommand("XINFO", "STREAM", RedisArgument(self.keys.events)),
        ])
        let fields = (try replies[0].get().array ?? []).map(\.string)
        guard fields.count == 5, fields[0] == fence.token else { throw ArchiveError.notTheHolder }
        var state = PartitionState()
        state.runID = fields[1]
        state.epoch = fields[2]
        state.cursor = fields[3].flatMap { StreamID($0) }
        state.opening = OpeningMark(fields[4])
        switch replies[1] {
        case .success(let outbox):
            state.outboxEnd = (outbox.map()["last-generated-id"]?.string).flatMap { StreamID($0) } ?? .zero
        case .failure(let error):
            guard error.serverError?.message == "no such key" else { throw error }
        }
        return state
    }

    private func mark(_ state: PartitionState, _ record: PartitionRecord, _ fence: PartitionFence) -> OpeningMark {
        OpeningMark(number: max(state.opening.number, record.opening.number) + 1, token: fence.token)
    }

    private func claim(
        _ record: PartitionRecord, _ mark: OpeningMark, _ fence: PartitionFence, epoch: String
    ) async throws {
        let claimed = try await self.archive.claim(
            self.keys.partition, by: mark, from: record, newLife: (fence.runID, epoch))
        guard claimed else { throw ArchiveError.notTheHolder }
    }

    /// What Redis lost, or may have lost, is brought back from the archive, and a new epoch begins. Its name is random: a
    /// server that was away, or an older copy of one, never meets a name again that it had given before.
    private func beginAnew(
        _ reason: String, _ record: PartitionRecord, _ mark: OpeningMark, _ fence: PartitionFence,
        _ connection: RedisConnection
    ) async throws -> (cursor: StreamID, epoch: String) {
        let epoch = String(PartitionLease.randomToken().prefix(12))
        try await self.claim(record, mark, fence, epoch: epoch)
        let restored = try await self.restoring.restore(fence, connection)
        let cursor = try await self.note(epoch, mark, fence, connection)
        self.logger.info(
            "a partition begins a new epoch",
            metadata: [
                "partition": "\(self.keys.partition)", "epoch": "\(epoch)", "reason": "\(reason)",
                "rooms_restored": "\(restored)",
            ])
        return (cursor, epoch)
    }

    /// Notes in Redis who opened the partition, and under which epoch.
    ///
    /// - Returns: The cursor.
    private func note(
        _ epoch: String, _ mark: OpeningMark, _ fence: PartitionFence, _ connection: RedisConnection
    ) async throws -> StreamID {
        let answer = try await connection.evaluate(
            OpenPartitionCall(
                head: HolderHead(keys: self.keys, fence: fence), group: RedisNames.notifierGroup, epoch: epoch,
                opening: mark.text))
        guard answer.array?.first?.string == "done", let cursor = answer.array?.last?.string.flatMap({ StreamID($0) })
        else { throw ArchiveError.notTheHolder }
        return cursor
    }
}
