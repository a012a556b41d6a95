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

/// The meaning of a partition's entries: one script call for each.
///
/// A script applies its entry's effect, moves the cursor to the entry and deletes it, all in one step, or does nothing.
/// It answers an array whose first element is `done`, `fenced` with the reason (`token`, `run` or `cursor`), or a word of
/// the handler's own.
public protocol PartitionHandler: Sendable {
    /// Makes the partition ready under this fence, before the first entry and again after every lost connection.
    ///
    /// - Parameter reached: The last entry that was applied under this lease, zero before the first.
    /// - Returns: The cursor: the last entry that was applied.
    func open(
        _ fence: PartitionFence, reached: StreamID, _ connection: RedisConnection
    ) async throws -> StreamID

    /// The calls for `entries`, one each, in order; each expects the cursor to be at the entry before it.
    func calls(for entries: [StreamEntry], after cursor: StreamID, _ fence: PartitionFence) async -> [RedisScript.Call]

    /// Deals with the first entry of a batch that did not answer `done`. Those after it refused by themselves.
    func settle(
        _ entry: StreamEntry, _ result: Result<RedisValue, RedisError>, _ fence: PartitionFence,
        _ connection: RedisConnection
    ) async throws -> PartitionStep

    /// Tells how many entries were applied just now.
    func applied(_ count: Int) async
}
