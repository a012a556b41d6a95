import Redis

/// The record of everything said, of which Redis holds the working copy, in eleven questions.
///
/// Each question is one atomic step: it sees, or leaves, one consistent state, and when it throws, nothing has happened.
/// What ``append(_:to:token:runID:)`` returned from is on disk. Any number of processes may ask at once; who may *write*
/// a partition is decided by the token that stands in the partition's record, as Redis' token decides for the scripts.
///
/// Errors that are not named here are those of the storage: it is busy, full or away, and the same may be asked again.
protocol MessageArchive: Sendable {
    /// Makes the archive ready, and at its first start its identity.
    ///
    /// - Parameter newIdentity: Becomes the archive's name if it has none.
    /// - Returns: The archive's name, the same for ever.
    /// - Throws: ``ArchiveError/otherPartitionCount(stored:configured:)``
    func prepare(partitions: Int, newIdentity: String) async throws -> String

    /// What the archive knows of a partition's holder; an empty record of one that was never claimed.
    func partition(_ partition: Int) async throws -> PartitionRecord

    /// Makes the token of `opening` the one that may write, unless the partition's holder or life changed since `record`
    /// was read.
    ///
    /// - Parameters:
    ///   - record: The partition as it was read before Redis was asked who holds it: a process that was frozen in between
    ///     takes nothing from the holder after it.
    ///   - newLife: The run id and the epoch of a partition that begins anew. Its outbox is read from the beginning,
    ///     because its entries' ids may be lower than those of the life before; what is archived already is passed over.
    /// - Returns: Whether it is the opening's now.
    func claim(
        _ partition: Int, by opening: OpeningMark, from record: PartitionRecord,
        newLife: (runID: String, epoch: String)?
    ) async throws -> Bool

    /// Writes a part of the outbox and moves the cursor over it, all or nothing. An event that is there already, by room,
    /// epoch and seq, is passed over.
    ///
    /// - Throws: ``ArchiveError/notTheHolder`` when the partition, its life or its cursor are another's.
    func append(_ batch: OutboxBatch, to partition: Int, token: String, runID: String) async throws

    /// The rooms of a partition with their members.
    func rooms(of partition: Int) async throws -> [ArchivedRoom]

    /// What Redis may have lost of a room.
    ///
    /// - Parameters:
    ///   - sequence: The room's last seq in Redis.
    ///   - count: Most events and messages.
    ///   - moment: Marks older than this, in milliseconds since 1970, are left out.
    func record(
        of room: String, beyond sequence: Int, count: Int, markedSince moment: Int
    ) async throws -> ArchivedHistory

    /// The newest messages of a room below `before`, and the highest seq the archive holds of the room. Of long ones fewer:
    /// none is read after the one with which they are more than ``ChatLimits/pageBytes``.
    func page(of room: String, before: Int?, limit: Int) async throws -> ArchivedPage

    /// The seq of the `count`-th newest message below `before`; nil when the room has fewer there.
    func sequence(ofMessage count: Int, before: Int, in room: String) async throws -> Int?

    /// Messages in their present state, one answer to each question.
    func messages(_ questions: [MessageQuestion]) async throws -> [FoundMessage]

    /// The message of a signal; the newest, should there be several.
    func signal(_ signal: String, in room: String) async throws -> ArchivedMessage?

    /// The outcomes of a partition that wait for their signals since `moment` or later, in milliseconds since 1970.
    func parkedOutcomes(of partition: Int, since moment: Int) async throws -> [ParkedOutcome]
}

extension MessageArchive {
    func claim(_ partition: Int, by opening: OpeningMark, from record: PartitionRecord) async throws -> Bool {
        try await self.claim(partition, by: opening, from: record, newLife: nil)
    }

    func message(
        _ message: String, in room: String, with reaction: UserReaction? = nil
    ) async throws -> ArchivedMessage? {
        try await self.messages([MessageQuestion(message: message, room: room, reaction: reaction)]).first?.message
    }
}

/// One message of a room.
struct MessageQuestion: Sendable, Hashable {
    let message: String
    let room: String
    /// Asks too whether this one is on the message.
    var reaction: UserReaction?
}

struct FoundMessage: Sendable {
    /// Nil when the room has none of this id.
    let message: ArchivedMessage?
    /// The highest seq that the archive held of the room.
    let through: Int
}

/// A part of the outbox, in its order.
struct OutboxBatch: Sendable {
    let entries: [OutboxEntry]
    /// Where the archive stood when the batch was read.
    let after: StreamID
    /// The last entry read, also one that is no event.
    let last: StreamID
}

/// What the archive knows of a partition's holder. Its token fences the archive as Redis' token fences the scripts: a
/// frozen process that wakes archives nothing.
struct PartitionRecord: Sendable, Equatable {
    var runID = ""
    var epoch = ""
    /// Who opened the partition when the archive last heard of it. Its token is the one that may write.
    var opening = OpeningMark.none
    /// The last entry of the outbox that is in the archive.
    var cursor = StreamID.zero
}
