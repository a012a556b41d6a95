public import Redis
public import ServiceRuntime

extension ReadinessCheck {
    /// From this part of `maxmemory` on Redis is nearly full: at all of it nobody can write.
    static let nearlyFull = 0.9

    /// Warns while what was acknowledged would not survive the end of the Redis server, and before it is full.
    public static func durability(of redis: RedisClient) -> ReadinessCheck {
        ReadinessCheck(name: "redis", severity: .warning) {
            // Whether Redis answers at all is for another check to say.
            guard let connection = redis.current,
                let text = try? await connection.send(RedisCommand("INFO", "persistence", "memory")).string
            else { return nil }
            var info: [Substring: Substring] = [:]
            for line in text.split(whereSeparator: \.isNewline) {
                guard let colon = line.firstIndex(of: ":") else { continue }
                info[line[..<colon]] = line[line.index(after: colon)...]
            }
            var problems: [String] = []
            if info["aof_enabled"] == "0" {
                problems.append("appendonly is off: what was acknowledged would not survive a restart of Redis")
            }
            if let used = info["used_memory"].flatMap({ Double($0) }),
                let limit = info["maxmemory"].flatMap({ Double($0) }),
                limit > 0, used >= self.nearlyFull * limit
            {
                problems.append("\(Int(100 * used / limit)) % of maxmemory is used: at 100 % nobody can write")
            }
            return problems.isEmpty ? nil : problems.joined(separator: "; ")
        }
    }
}
