public import Redis

/// Appends work to streams that are never trimmed: at the bound the writer is refused (`BUSY`, retryable) instead.
public struct StreamWriter: Sendable {
    static let appendScript = Self.script("append_bounded", "#!lua\n")
    private static let atMemoryLimit = Self.script("append_at_memory_limit", "#!lua flags=allow-oom\n")

    private static func script(_ name: String, _ head: String) -> RedisScript {
        RedisScript(name: name, source: Array(head.utf8) + PackageResources.append_bounded_lua)
    }

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

    /// Appends all entries in one pipeline: those of one stream in their order, and none behind one that was refused.
    ///
    /// - Throws: The first error, when one of them was refused or its answer was lost. The others may have been
    ///   appended: the caller repeats all of them, so their effect must be harmless to repeat.
    public func append(_ entries: [Entry]) async throws(RedisError) {
        for result in try await Self.offer(entries, bound: self.bound, on: self.redis) { try result.get() }
    }

    /// Appends what there is room for in one pipeline: the entries of one stream in their order, and none behind one that
    /// was refused.
    ///
    /// - Returns: Of each entry whether it was certainly appended.
    public static func offer(
        _ entries: [Entry], bound: Int, on redis: some RedisCommands
    ) async throws(RedisError) -> [Result<Void, RedisError>] {
        var streams: [String] = []
        var places: [String: [Int]] = [:]
        for (place, entry) in entries.enumerated() {
            if places[entry.stream] == nil { streams.append(entry.stream) }
            places[entry.stream, default: []].append(place)
        }
        let calls = streams.map { stream in
            let fields = (places[stream] ?? []).map { place in
                entries[place].fields.flatMap { [RedisArgument($0.name), RedisArgument($0.value)] }
            }
            return Self.call(appending: fields, to: stream, bound: bound)
        }
        var outcomes = entries.map { entry in
            Result<Void, RedisError>.failure(
                .server(RedisServerError("BUSY \(entry.stream) has \(bound) entries waiting")))
        }
        for (stream, result) in zip(streams, try await redis.evaluate(calls)) {
            for (number, place) in (places[stream] ?? []).enumerated() {
                switch result {
                case .success(let value): if number < value.int ?? 0 { outcomes[place] = .success(()) }
                case .failure(let error): outcomes[place] = .failure(error)
                }
            }
        }
        return outcomes
    }

    /// One call that appends some entries to one stream, for whoever sends it among other things. It answers how many
    /// were appended; those behind them were refused.
    ///
    /// - Parameters:
    ///   - entries: Of each name, value, name, value …
    ///   - atMemoryLimit: Also when the server takes nothing else: for work that ends without a trace, or frees memory.
    public static func call(
        appending entries: [[RedisArgument]], to stream: String, bound: Int, atMemoryLimit: Bool = false
    ) -> RedisScript.Call {
        var arguments: [RedisArgument] = [RedisArgument(bound)]
        arguments.reserveCapacity(1 + entries.reduce(0) { $0 + $1.count + 1 })
        for fields in entries {
            arguments.append(RedisArgument(fields.count))
            arguments += fields
        }
        return RedisScript.Call(
            atMemoryLimit ? Self.atMemoryLimit : Self.appendScript, keys: [stream], arguments: arguments)
    }
}
