public import Redis

/// Appends work to streams that are never trimmed: at the bound the writer is refused (`BUSY`, retryable) instead.
public struct StreamWriter: Sendable {
    static let appendScript = RedisScript(
        name: "append_bounded", source: PackageResources.append_bounded_lua)

    /// One entry for one stream.
    public struct Entry: Sendable {
        public var stream: String
        public var fields: [(name: String, value: [UInt8])]

        public init(stream: String, fields: [(name: String, value: [UInt8])]) {
            self.stream = stream
            self.fields = fields
        }
    }

    /// Entries that may wait in one stream unless told otherwise.
    public static let defaultBound = 100_000

    private let redis: RedisClient
    private let bound: Int

    public init(redis: RedisClient, bound: Int = Self.defaultBound) {
        self.redis = redis
        self.bound = bound
    }

    /// Appends all entries in one pipeline.
    ///
    /// - Throws: The first error, when one of them was refused or its answer was lost. The others may have been
    ///   appended: the caller repeats all of them, so their effect must be harmless to repeat.
    public func append(_ entries: [Entry]) async throws(RedisError) {
        let calls = entries.map { entry in
            Self.call(
                appendingTo: entry.stream, bound: self.bound,
                fields: entry.fields.flatMap { [RedisArgument($0.name), RedisArgument($0.value)] })
        }
        for case .failure(let error) in try await self.redis.evaluate(calls) { throw error }
    }

    /// One append, for whoever sends it among other things.
    ///
    /// - Parameter fields: Name, value, name, value …
    public static func call(
        appendingTo stream: String, bound: Int, fields: [RedisArgument]
    ) -> RedisScript.Call {
        RedisScript.Call(Self.appendScript, keys: [stream], arguments: [RedisArgument(bound)] + fields)
    }
}
