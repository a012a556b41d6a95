public import Redis

/// One consumer of one group of one stream: hands out entries that are to be acknowledged.
///
/// After a start it hands out what was handed out before and never acknowledged: first what it takes over from
/// consumers that are gone, then all of its own, oldest first. A group that is not there is made again from the
/// beginning of the stream: better twice than never.
public struct StreamReader: Sendable {
    /// Where a group begins when it is made for the first time.
    public enum Start: String, Sendable {
        /// At the oldest entry that is still there.
        case beginning = "0"
        /// After the newest entry: what happened before our time is not ours.
        case now = "$"
    }

    public let stream: String
    public let group: String
    /// Unique among the processes that run at one time; the same after a restart is welcome, not needed.
    public let consumer: String
    /// Asked whenever the group is made: what is right may change while this process stands by.
    public var start: @Sendable () -> Start
    /// Entries in one read.
    public var batch: Int
    /// How long one read waits for an entry, and so how late a shutdown is noticed.
    public var block: Duration
    /// An entry that another consumer has not acknowledged for so long is taken over.
    public var abandonedAfter: Duration
    /// How long to leave a stream alone in which there was something, so that the next read finds more than one entry:
    /// each costs the server as much as ten more of them. The first entry after a silence never waits.
    public var gathering = Duration.zero
    /// Whether entries are read by position instead of being handed out: see ``StreamPosition``. Needs a ``ConsumerLease``.
    public var readsByPosition = false
    /// Whether what is acknowledged is deleted too: only in a stream that nobody else reads.
    public var deletesFinished: Bool
    /// A consumer without entries that was silent for so long is removed from the group: starts of processes leave them.
    public var forgottenAfter = Duration.seconds(86_400)

    static let make = RedisScript(name: "make_group", source: PackageResources.make_group_lua)
    static let forget = RedisScript(
        name: "forget_consumers", source: PackageResources.forget_consumers_lua)

    public init(
        stream: String, group: String, consumer: String, start: @escaping @Sendable () -> Start = { .beginning },
        batch: Int = 100, block: Duration = .seconds(1), abandonedAfter: Duration = .seconds(30),
        deletesFinished: Bool = false
    ) {
        self.stream = stream
        self.group = group
        self.consumer = consumer
        self.start = start
        self.batch = batch
        self.block = block
        self.abandonedAfter = abandonedAfter
        self.deletesFinished = deletesFinished
    }

    /// Makes the group where it is missing.
    ///
    /// - Parameter again: Whether it had been there: then it begins at the beginning, whatever ``start`` says.
    public func makeGroup(on redis: RedisConnection, again: Bool) async throws(RedisError) {
        _ = try await redis.evaluate(
            Self.make, keys: [self.stream],
            arguments: [RedisArgument(self.group), RedisArgument(again ? "0" : self.start().rawValue)])
    }

    /// New entries, oldest first; empty when none came in time.
    public func next(on redis: RedisConnection) async throws(RedisError) -> [StreamEntry] {
        try await redis.xreadgroup(
            self.stream, group: self.group, consumer: self.consumer, count: self.batch, block: self.block)
    }

    /// Entries that this consumer was given and has not acknowledged, oldest first.
    ///
    /// - Parameter id: Only those after it.
    /// - Returns: Entries without fields are no longer in the stream.
    public func unacknowledged(after id: StreamID, on redis: RedisConnection) async throws(RedisError) -> [StreamEntry]
    {
        try await redis.xreadgroup(
            [(self.stream, after: "\(id)")], group: self.group, consumer: self.consumer, count: self.batch
        ).first?.entries ?? []
    }

    /// Makes what other consumers left unacknowledged this consumer's own; ``unacknowledged(after:on:)`` then has it.
    ///
    /// - Parameter idle: Only what was left for so long.
    /// - Returns: How many, and those that were trimmed from the stream before anybody was done with them: the group has
    ///   forgotten them now.
    public func takeOver(
        idle: Duration, on redis: RedisConnection
    ) async throws(RedisError) -> (count: Int, trimmed: [StreamID]) {
        var position = StreamID.zero
        var count = 0
        var trimmed: [StreamID] = []
        repeat {
            let claim = try await redis.xautoclaim(
                self.stream, group: self.group, consumer: self.consumer, idle: idle, from: position, count: self.batch)
            count += claim.entries.count
            trimmed += claim.deleted
            position = claim.next
        } while position != .zero
        return (count, trimmed)
    }

    /// Removes consumers of processes that ended long ago.
    ///
    /// - Returns: How many.
    @discardableResult
    public func forgetConsumers(on redis: RedisConnection) async throws(RedisError) -> Int {
        try await redis.evaluate(
            Self.forget, keys: [self.stream],
            arguments: [
                RedisArgument(self.group), RedisArgument(self.consumer),
                RedisArgument(self.forgottenAfter.wholeMilliseconds),
            ]
        ).int ?? 0
    }

    public func acknowledge(_ ids: [StreamID], on redis: RedisConnection) async throws(RedisError) {
        try await redis.xack(self.stream, group: self.group, ids)
        if self.deletesFinished { try await redis.xdel(self.stream, ids) }
    }
}
