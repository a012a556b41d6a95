import Redis
import WireContract

/// Keys that an operator looks at and that belong to one service: what `RedisNames` does not name.
enum SuiteKeys {
    static let integrationDead = "sc:{integration}:dead"

    /// The number of partitions this Redis was begun with.
    static func partitions(_ redis: RedisClient) async throws(RedisError) -> Int {
        try await redis.send(RedisCommand("GET", RedisArgument(RedisNames.partitions))).int
            ?? RedisNames.defaultPartitionCount
    }
}
