/// The Redis keys that leases and readers of partitions use; the caller decides what they are called.
public struct PartitionNames: Sendable {
    /// How many partitions there are, at least 1.
    public let count: Int
    /// The key of a partition's state (hash: `token`, `until`, `cursor`, `run` and what the caller adds).
    public let state: @Sendable (Int) -> String
    /// The key of a partition's entries (stream).
    public let entries: @Sendable (Int) -> String
    /// The key of the live processes (sorted set: name → milliseconds of Redis' clock).
    public let processes: String

    public init(
        count: Int, state: @escaping @Sendable (Int) -> String, entries: @escaping @Sendable (Int) -> String,
        processes: String
    ) {
        self.count = count
        self.state = state
        self.entries = entries
        self.processes = processes
    }
}
