public import Redis

/// How far a group of a stream is behind its writers, at one moment.
public struct StreamLag: Sendable, Equatable {
    /// Entries in the stream that the group has not been given yet; of more than a thousand it may say so many.
    public let behind: Int
    /// Given and not acknowledged.
    public let pending: Int
    /// Entries that the stream ever had.
    public let added: Int
    /// Entries that the group was ever given; nil when Redis does not know, and while more are behind than are counted.
    public let given: Int?
    /// When, in milliseconds since 1970 by Redis' clock.
    public let at: Int

    /// What is to be done still.
    public var waiting: Int { self.behind + self.pending }

    /// Entries that the group was never given and never will be: skipped when it was made, or trimmed before their turn.
    /// Nil when Redis cannot tell.
    public var passedBy: Int? { self.given.map { max(0, self.added - $0 - self.behind) } }

    static let script = RedisScript(name: "look_at_group", source: PackageResources.look_at_group_lua)
    /// Entries that are counted one by one.
    private static let counted = 1_000

    /// - Returns: Nil when stream or group is missing.
    public static func read(
        _ stream: String, group: String, redis: RedisClient
    ) async throws(RedisError) -> StreamLag? {
        let reply = try await redis.evaluate(
            Self.script, keys: [stream], arguments: [RedisArgument(group), RedisArgument(Self.counted)])
        guard let numbers = reply.array?.compactMap(\.int) else { return nil }
        guard numbers.count == 5 else { throw .unexpectedReply("look_at_group") }
        return StreamLag(
            behind: numbers[0], pending: numbers[1], added: numbers[2], given: numbers[3] < 0 ? nil : numbers[3],
            at: numbers[4])
    }
}
