public import Redis

/// What every script of a partition is given, so that it can refuse a holder that is the holder no more.
public struct PartitionFence: Sendable, Equatable {
    public let partition: Int
    /// The lease's token.
    public let token: String
    /// The life of the server that the connection belongs to.
    public let runID: String

    public init(partition: Int, token: String, runID: String) {
        self.partition = partition
        self.token = token
        self.runID = runID
    }
}

/// What to do after an entry whose script did not answer `done`.
public enum PartitionStep: Sendable, Equatable {
    /// Read again from the cursor: what was missing has been brought.
    case again
    /// The same, a while later: the server or an outbox is full.
    case wait(Duration)
    /// Open the partition anew, on a new connection if need be.
    case reopen
}

/// One script call of a batch, and how many entries it applies: one, or some that follow each other.
public struct PartitionCall: Sendable {
    public let call: RedisScript.Call
    /// At least 1.
    public let entries: Int

    public init(_ call: RedisScript.Call, entries: Int) {
        self.call = call
        self.entries = entries
    }
}

/// How an entry is dealt with. The subject is what entries keep their order about: a room.
public enum PartitionRole: Sendable, Equatable {
    /// By a script call in the pipeline, in the order of the stream.
    case write(of: String)
    /// By an answer beside the pipeline, once the writes of its subject that came before it are applied. It changes nothing,
    /// so writes do not wait for it, nor it for those of other subjects.
    case read(of: String)
}

/// The meaning of a partition's entries: script calls that apply them, answers to those that only ask.
///
/// A script applies its entries' effects, moves the cursor to the last of them and deletes them, all in one step, or does
/// nothing. It answers an array whose first element is `done`, `fenced` with the reason (`token`, `run`, `cursor` or
/// `epoch`), or a word of the handler's own about the first of its entries. One of several entries may also answer `some`
/// and a number, and behind it what it would have answered about the next: so many of them are applied as if they had been
/// all, and the next is to be called again, after what it is refused for was dealt with.
///
/// A call of one entry may answer `done` and `unanswered`: it left the entry in the stream, for its effect is followed by a
/// read. So what stands in the stream at or below the cursor is always a read that nobody has answered: whoever holds the
/// partition next answers it.
public protocol PartitionHandler: Sendable {
    /// Makes the partition ready under this fence, before the first entry and again after every lost connection.
    ///
    /// - Parameter reached: The last entry that was applied under this lease, zero before the first.
    /// - Returns: The cursor: the last entry that was applied.
    func open(
        _ fence: PartitionFence, reached: StreamID, _ connection: RedisConnection
    ) async throws -> StreamID

    func role(of entry: StreamEntry) -> PartitionRole

    /// The calls for `writes`, in order; each expects the cursor to be at the write before its first.
    ///
    /// - Parameter isAlone: Whether no entry before them is left in the stream to be answered yet, so that all up to the last of
    ///   them may be let go of at once.
    func calls(
        for writes: [StreamEntry], after cursor: StreamID, isAlone: Bool, _ fence: PartitionFence
    ) async -> [PartitionCall]

    /// Deals with the first entry of a batch that did not answer `done`. Those after it refused by themselves.
    func settle(
        _ entry: StreamEntry, _ result: Result<RedisValue, RedisError>, _ fence: PartitionFence,
        _ connection: RedisConnection
    ) async throws -> PartitionStep

    /// Tells how many entries were applied just now, and which of them are to be answered yet.
    func applied(_ count: Int, unanswered: [PartitionRead]) async

    /// What tells a repeat of a read, which the asker adds again until it is answered; nil when nothing does.
    func question(of entry: StreamEntry) -> String?

    /// Answers a read and deletes its entry, both in one step that refuses under another fence, though not under another
    /// cursor. Returns when that is done, when it cannot be done over this connection, and soon after a cancellation: an entry
    /// that is left is answered after the next opening.
    ///
    /// - Parameter mayTakeLong: Whether it may ask another store than Redis.
    /// - Returns: False when it must, and may not: it is called again when it may.
    func answer(
        _ read: PartitionRead, mayTakeLong: Bool, _ fence: PartitionFence, _ connection: RedisConnection
    ) async -> Bool

    /// Tells who asked that too much waits already, in the same manner.
    func refuse(_ reads: [PartitionRead], _ fence: PartitionFence, _ connection: RedisConnection) async

    /// Deletes the entries of reads whose answers nobody waits for, in the same manner, and tells nobody.
    func letGo(_ reads: [PartitionRead], _ fence: PartitionFence, _ connection: RedisConnection) async
}
