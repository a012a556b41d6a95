import Redis
import WorkQueue

/// A key that holds what does not belong there, or that could not be looked at.
struct DamagedKey: Encodable, Equatable, Sendable {
    /// Whose fault it is: only what is damaged may be put aside.
    enum Cause: String, Encodable, Sendable {
        /// The key holds what does not belong there.
        case damaged
        /// Our user of Redis may not read it; the key may be in order.
        case forbidden
        /// Redis could not answer, for another reason than the key.
        case refused
    }

    let key: String
    let cause: Cause
    /// In a few words: `is a string, not a hash`.
    let found: String
}

/// Asks Redis for one thing after the other. What the server refuses for the sake of one key is noted with the key's
/// name, and everything else is looked at all the same: an operator looks when something is wrong.
struct KeyLookups {
    /// As TYPE says it.
    enum Kind: String {
        case string, hash, stream
        case sortedSet = "zset"
    }

    private let redis: RedisClient
    /// Each key once, in the order in which they were met.
    private(set) var damaged: [DamagedKey] = []

    init(_ redis: RedisClient) { self.redis = redis }

    /// - Parameter command: Reads `key` and nothing else.
    /// - Returns: Nil when the key is at fault.
    /// - Throws: What concerns all keys: no connection, a server that loads its data.
    mutating func ask(
        _ key: String, as kind: Kind, _ command: RedisCommand
    ) async throws(RedisError) -> RedisValue? {
        do throws(RedisError) { return try await self.redis.send(command) } catch {
            try await self.note(error, at: key, as: kind)
            return nil
        }
    }

    /// - Throws: The error, when it concerns all keys.
    private mutating func note(
        _ error: RedisError, at key: String, as kind: Kind
    ) async throws(RedisError) {
        guard let refusal = error.serverError, !refusal.isRetryable else { throw error }
        guard refusal.kind == .wrongType else { return self.note(key, refusal) }
        try await self.check(key, is: kind)
    }

    /// Notes a key that is there and of another type.
    mutating func check(_ key: String, is kind: Kind) async throws(RedisError) {
        let type: String
        do throws(RedisError) {
            type = try await self.redis.send(RedisCommand("TYPE", RedisArgument(key))).string ?? "none"
        } catch {
            guard let refusal = error.serverError, !refusal.isRetryable else { throw error }
            return self.note(key, refusal)
        }
        if type != "none", type != kind.rawValue {
            self.note(key, .damaged, "is a \(type), not a \(kind.rawValue)")
        }
    }

    /// The length of a stream.
    mutating func length(_ stream: String) async throws(RedisError) -> Int? {
        try await self.ask(stream, as: .stream, RedisCommand("XLEN", RedisArgument(stream)))?.int
    }

    /// Entries that `group` has not been given or not acknowledged.
    ///
    /// - Returns: Nil when stream or group is missing.
    mutating func lag(_ stream: String, group: String) async throws(RedisError) -> Int? {
        do throws(RedisError) {
            return try await StreamLag.read(stream, group: group, redis: self.redis)?.waiting
        } catch {
            try await self.note(error, at: stream, as: .stream)
            return nil
        }
    }

    /// Notes a key of which nobody knows whether anything is wrong with it.
    private mutating func note(_ key: String, _ refusal: RedisServerError) {
        self.note(key, refusal.kind == .authentication ? .forbidden : .refused, "cannot be read: \(refusal)")
    }

    private mutating func note(_ key: String, _ cause: DamagedKey.Cause, _ found: String) {
        let noted = DamagedKey(key: key, cause: cause, found: found)
        guard let place = self.damaged.firstIndex(where: { $0.key == key }) else { return self.damaged.append(noted) }
        // One question was refused, and another one has shown the damage.
        if cause == .damaged, self.damaged[place].cause != .damaged { self.damaged[place] = noted }
    }
}
