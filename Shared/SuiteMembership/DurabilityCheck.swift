public import Redis
public import ServiceRuntime

extension ReadinessCheck {
    /// Warns while what was acknowledged would not survive the end of the Redis server.
    public static func durability(of redis: RedisClient) -> ReadinessCheck {
        ReadinessCheck(name: "redis", severity: .warning) {
            // Whether Redis answers at all is for another check to say.
            guard let connection = redis.current,
                let info = try? await connection.send(RedisCommand("INFO", "persistence")).string
            else { return nil }
            let isOff = info.split(whereSeparator: \.isNewline).contains("aof_enabled:0")
            return isOff ? "appendonly is off: what was acknowledged would not survive a restart of Redis" : nil
        }
    }
}
