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

/// The meaning of a partition's entries: script calls that apply them.
///
/// A script applies its entries' effects, moves the cursor to the last of them and deletes them, all in one step, or does
/// nothing. It answers an array whose first element is `done`, `fenced` with the reason (`token`, `run` or `cursor`), or a
/// word of the handler's own about the first of its entries. One of several entries may also answer `some` and a number:
/// so many of them are applied as if they had been all, and the next is to be read again.
public protocol PartitionHandler: Sendable {
    /// Makes the partition ready under this fence, before the first entry and again after every lost connection.
    ///
    /// - Parameter reached: The last entry that was applied under this lease, zero before the first.
    /// - Returns: The cursor: the last entry that was applied.
    func open(
        _ fence: PartitionFence, reached: StreamID, _ connection: RedisConnection
    ) async throws -> StreamID

    /// The calls for `entries`, in order; each expects the cursor to be at the entry before its first.
    func calls(for entries: [StreamEntry], after cursor: StreamID, _ fence: PartitionFence) async -> [PartitionCall]

    /// Deals with the first entry of a batch that did not answer `done`. Those after it refused by themselves.
    func settle(
        _ entry: StreamEntry, _ result: Result<RedisValue, RedisError>, _ fence: PartitionFence,
        _ connection: RedisConnection
    ) async throws -> PartitionStep

    /// Tells how many entries were applied just now.
    func applied(_ count: Int) async
}
