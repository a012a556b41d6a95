public import Logging
public import Redis

/// Moves keys of a wrong type, which only somebody else can have written, out of the way: nobody waits for them, and what
/// stands in them is kept for an operator under `<tag>damaged:<moment>:<name>`.
///
/// Only for keys that their owner can do without: what it kept there was overwritten already.
public struct BrokenKeys: Sendable {
    /// A key and the type that its owner gives it: `hash`, `list`, `stream`, `string`, `zset`.
    public typealias Key = (name: String, type: String)

    static let script = RedisScript(name: "set_aside_keys", source: PackageResources.set_aside_keys_lua)

    private let redis: RedisClient
    private let logger: Logger

    public init(redis: RedisClient, logger: Logger) {
        self.redis = redis
        self.logger = logger
    }

    /// Runs `body`; when it finds a key of a wrong type, once more after those of `keys` were moved that are damaged.
    public func persist<Value>(
        _ keys: @autoclosure () -> [Key], _ body: () async throws -> Value
    ) async throws -> Value {
        do { return try await body() } catch {
            guard let error = error as? RedisError, await self.mend(error, keys()) else { throw error }
            return try await body()
        }
    }

    /// - Returns: Whether what was refused may be tried again, because a key of a wrong type was in its way.
    func mend(_ error: RedisError, _ keys: @autoclosure () -> [Key]) async -> Bool {
        guard error.serverError?.kind == .wrongType else { return false }
        return (try? await self.setAside(keys())) ?? false
    }

    func mend(_ reply: Result<RedisValue, RedisError>, _ keys: @autoclosure () -> [Key]) async -> Bool {
        guard case .failure(let error) = reply else { return false }
        return await self.mend(error, keys())
    }

    /// Moves those that have another type.
    ///
    /// - Parameter keys: Each with one hash tag.
    /// - Returns: Whether there were any.
    public func setAside(_ keys: [Key]) async throws(RedisError) -> Bool {
        let time = try await self.redis.send(RedisCommand("TIME")).array?.compactMap(\.int) ?? []
        let moment = (time.first ?? 0) * 1_000 + (time.last ?? 0) / 1_000
        // Keys of one script lie in one slot.
        let groups = Dictionary(grouping: keys) { Self.head(of: $0.name) }
        let calls = groups.values.map { keys in
            var types: [String: String] = [:]
            for key in keys { types[key.name] = key.type }
            let names = types.keys.sorted()
            return RedisScript.Call(
                Self.script,
                keys: names.flatMap { [$0, Self.name(of: $0, setAsideAt: moment)] },
                arguments: names.map { RedisArgument(types[$0] ?? "") })
        }
        var hasMoved = false
        for reply in try await self.redis.evaluate(calls) {
            let words = (try reply.get().array ?? []).map { $0.string ?? "" }
            for place in stride(from: 0, to: words.count - 1, by: 2) {
                hasMoved = true
                self.logger.error(
                    "a key has the wrong type and is set aside",
                    metadata: ["key": "\(words[place])", "type": "\(words[place + 1])", "as": "damaged:\(moment)"])
            }
        }
        return hasMoved
    }

    /// The name under which what stands in a key is kept, in the key's own slot.
    ///
    /// - Parameter moment: Milliseconds since 1970.
    public static func name(of key: String, setAsideAt moment: Int) -> String {
        let head = self.head(of: key)
        return "\(head)damaged:\(moment):\(key.dropFirst(head.count))"
    }

    /// `sc:{n3}:`
    private static func head(of key: String) -> Substring {
        guard let end = key.firstRange(of: "}:") else { return "" }
        return key[..<end.upperBound]
    }
}
