public import NIOCore
public import Redis

/// Work that will never be done as it is, kept with the reason, for a person to look at and to replay.
///
/// A letter is a stream entry: `reason`, `source` (the stream it came from), `entry` (its id there), `at`
/// (milliseconds since 1970), `replay_to` (the stream that takes it again, where that is not its source), and the
/// original fields, each named `field.<name>`.
public struct DeadLetters: Sendable {
    /// One piece of work that was given up.
    public struct Letter: Sendable {
        /// Its own id among the dead letters.
        public let id: StreamID
        /// One line for a person.
        public let reason: String
        /// The stream it came from.
        public let source: String
        /// Its id there.
        public let entry: String
        /// Milliseconds since 1970.
        public let at: Int
        /// The stream that takes it again.
        public let replayTo: String
        /// What it was.
        public let fields: [(String, ByteBuffer)]
    }

    /// About how many are kept: letters are for people, and a flood of poison must not fill Redis.
    public static let keptLetters = 10_000
    /// The longest reason, in characters.
    static let longestReason = 500

    /// The stream of the letters.
    public let stream: String
    private let redis: RedisClient

    public init(redis: RedisClient, stream: String) {
        self.redis = redis
        self.stream = stream
    }

    /// The fields of a letter, for XADD.
    static func fields(
        of entry: StreamEntry, from source: String, reason: String, replayTo: String?, at milliseconds: Int
    ) -> [(String, RedisArgument)] {
        var fields: [(String, RedisArgument)] = [
            ("reason", RedisArgument(String(reason.prefix(Self.longestReason)))), ("source", RedisArgument(source)),
            ("entry", RedisArgument("\(entry.id)")), ("at", RedisArgument(milliseconds)),
        ]
        if let replayTo { fields.append(("replay_to", RedisArgument(replayTo))) }
        fields += entry.fields.map { ("field." + $0.0, RedisArgument($0.1)) }
        return fields
    }

    /// Keeps `entry`. Appending it twice gives two letters; replaying both is as harmless as the work itself.
    ///
    /// - Parameters:
    ///   - source: The stream it came from.
    ///   - replayTo: The stream that takes it again, when that must not be its source.
    ///   - milliseconds: Now, since 1970.
    @discardableResult
    public func append(
        _ entry: StreamEntry, from source: String, reason: String, replayTo: String? = nil, at milliseconds: Int
    ) async throws(RedisError) -> StreamID {
        try await self.redis.xadd(
            self.stream, maximumLength: Self.keptLetters,
            fields: Self.fields(of: entry, from: source, reason: reason, replayTo: replayTo, at: milliseconds))
    }

    public func count() async throws(RedisError) -> Int { try await self.redis.xlen(self.stream) }

    /// Newest first.
    public func list(limit: Int = 50) async throws(RedisError) -> [Letter] {
        try await self.redis.xrevrange(self.stream, count: limit).map { self.letter($0) }
    }

    /// - Returns: Nil when there is none of that id.
    public func letter(_ id: StreamID) async throws(RedisError) -> Letter? {
        try await self.redis.xrange(self.stream, from: "\(id)", to: "\(id)", count: 1).first.map { self.letter($0) }
    }

    /// Puts the work back into its stream and forgets the letter, in that order: interrupted in between, it is there
    /// twice and not lost.
    ///
    /// - Returns: The id in the stream; nil when there is no such letter, or nothing of the work was left.
    @discardableResult
    public func replay(_ id: StreamID) async throws(RedisError) -> StreamID? {
        guard let letter = try await self.letter(id), !letter.fields.isEmpty else { return nil }
        let added = try await self.redis.xadd(
            letter.replayTo, fields: letter.fields.map { ($0.0, RedisArgument($0.1)) })
        try await self.redis.xdel(self.stream, [id])
        return added
    }

    /// Replays every letter that is there now, oldest first, a page at a time.
    ///
    /// - Parameter told: Each letter's id, and whether it was replayed; otherwise it is gone, or nothing of the work was
    ///   left.
    public func replayAll(_ told: (StreamID, Bool) -> Void) async throws(RedisError) {
        // Work that fails again becomes a new letter, which is for another time.
        guard let newest = try await self.redis.xrevrange(self.stream, count: 1).first?.id else { return }
        var start = "-"
        while true {
            let page = try await self.redis.xrange(self.stream, from: start, to: "\(newest)", count: Self.pageSize)
            guard let last = page.last else { return }
            for entry in page { told(entry.id, try await self.replay(entry.id) != nil) }
            start = "(\(last.id)"
        }
    }

    /// Letters in one reply: a letter may be as long as a command.
    private static let pageSize = 100

    /// Forgets a letter.
    ///
    /// - Returns: Whether it was there.
    @discardableResult
    public func delete(_ id: StreamID) async throws(RedisError) -> Bool {
        try await self.redis.xdel(self.stream, [id]) > 0
    }

    private func letter(_ entry: StreamEntry) -> Letter {
        var about: [String: String] = [:]
        var original: [(String, ByteBuffer)] = []
        let isPrefixed = entry.fields.contains { $0.0.hasPrefix("field.") }
        for (name, value) in entry.fields {
            if name.hasPrefix("field.") {
                original.append((String(name.dropFirst(6)), value))
            } else if Self.aboutLetters.contains(name), about[name] == nil {
                about[name] = String(buffer: value)
            } else if !isPrefixed {
                // Letters that chat's scripts write carry the fields under their own names, after the letter's own.
                original.append((name, value))
            }
        }
        let source = about["source"] ?? about["stream"] ?? self.defaultSource
        return Letter(
            id: entry.id, reason: about["reason"] ?? "", source: source, entry: about["entry"] ?? "",
            at: about["at"].flatMap { Int($0) } ?? Int(entry.id.milliseconds),
            replayTo: about["replay_to"] ?? source, fields: original)
    }

    private static let aboutLetters: Set<String> = ["reason", "source", "stream", "entry", "at", "replay_to"]

    /// `sc:{p3}:dead` belongs to `sc:{p3}:commands`.
    private var defaultSource: String {
        self.stream.hasSuffix(":dead") ? String(self.stream.dropLast(4)) + "commands" : self.stream
    }
}
