import Redis
import WireContract

/// What the doctor looks at. ``judge(info:policy:fsync:roundTrip:status:archive:)`` decides alone, without Redis.
enum Examination {
    enum Verdict: String, Encodable, Sendable { case ok, warn, fail }

    struct Finding: Encodable, Equatable, Sendable {
        let subject: String
        let verdict: Verdict
        let found: String
        var advice: String?
    }

    static func findings(_ redis: RedisClient) async throws(RedisError) -> [Finding] {
        var info: [String: String] = [:]
        for section in ["server", "persistence", "memory", "replication"] {
            let text = try await redis.send(RedisCommand("INFO", RedisArgument(section))).string ?? ""
            for line in text.split(whereSeparator: \.isNewline) {
                let parts = line.split(separator: ":", maxSplits: 1)
                if parts.count == 2 { info[String(parts[0])] = String(parts[1]) }
            }
        }
        for setting in ["save", "stop-writes-on-bgsave-error"] {
            info[setting] = try await Self.setting(setting, redis)
        }
        let roundTrip = try await Self.roundTrip(redis)
        var status = try await SuiteStatus.read(redis)
        var look = KeyLookups(redis)
        let archive = try await look.ask(
            RedisNames.archive, as: .string, RedisCommand("GET", RedisArgument(RedisNames.archive)))
        // What no question above has touched, and the suite cannot do without.
        for key in [RedisNames.chats, RedisNames.gateways] { try await look.check(key, is: .sortedSet) }
        try await look.check(RedisNames.directoryVersion, is: .string)
        try await look.check(RedisNames.directoryChanges, is: .stream)
        status.damaged += look.damaged
        return Self.judge(
            info: info, policy: try await Self.setting("maxmemory-policy", redis),
            fsync: try await Self.setting("appendfsync", redis), roundTrip: roundTrip, status: status,
            archive: archive?.string)
    }

    /// The median of five: one may have met the pause of a save.
    private static func roundTrip(_ redis: RedisClient) async throws(RedisError) -> Duration {
        var times: [Duration] = []
        for _ in 0..<5 {
            let began = ContinuousClock.now
            _ = try await redis.send(RedisCommand("TIME"))
            times.append(ContinuousClock.now - began)
        }
        return times.sorted()[2]
    }

    /// - Returns: Nil where CONFIG is not allowed, as with hosted servers.
    private static func setting(_ name: String, _ redis: RedisClient) async throws(RedisError) -> String? {
        do throws(RedisError) {
            return try await redis.send(RedisCommand("CONFIG", "GET", RedisArgument(name))).map()[name]?.string
        } catch {
            guard error.serverError != nil else { throw error }
            return nil
        }
    }

    /// What to do about a key: only one that is damaged is put aside.
    private static func advice(for key: DamagedKey, version: String?) -> String {
        switch key.cause {
        case .damaged:
            "Put it aside: redis-cli RENAME '\(key.key)' '\(key.key):damaged'. "
                + "deploy/README.md says what comes back by itself."
        case .forbidden:
            "Leave the key: this user of Redis may not read it. Ask as user operator, or grant it "
                + "(deploy/redis/users.acl)."
        case .refused where (Self.major(version) ?? 7) < 7: "Leave the key: Redis 7 or later is needed."
        case .refused: "Leave the key: Redis did not refuse for its sake; look at what it says."
        }
    }

    /// `7` of `7.2.1`.
    static func major(_ version: String?) -> Int? { version?.split(separator: ".").first.flatMap { Int($0) } }

    /// What explains the rest stands first, and what only follows from it is not advised.
    ///
    /// - Parameters:
    ///   - info: Fields of INFO: server, persistence, memory, replication; and the settings `save` and
    ///     `stop-writes-on-bgsave-error`.
    ///   - policy: `maxmemory-policy`; nil when the server does not tell.
    ///   - fsync: `appendfsync`; nil when the server does not tell.
    ///   - roundTrip: Until a small command is answered.
    ///   - archive: The archive this Redis names; nil when none.
    static func judge(
        info: [String: String], policy: String?, fsync: String?, roundTrip: Duration, status: SuiteStatus,
        archive: String?
    ) -> [Finding] {
        let causes = Self.whatKeepsRedis(info: info, roundTrip: roundTrip)
        let damaged = status.damaged.map { key in
            Finding(
                subject: "key \(key.key)", verdict: .fail, found: key.found,
                advice: Self.advice(for: key, version: info["redis_version"]))
        }
        return causes + damaged + Self.redis(info: info, policy: policy, fsync: fsync, roundTrip: roundTrip)
            + Self.suite(status, archive: archive, isExplained: causes.contains { $0.verdict == .fail })
    }
}
