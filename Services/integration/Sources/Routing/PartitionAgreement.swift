import NIOConcurrencyHelpers
import Redis
import ServiceLifecycle
import ServiceRuntime
import WireContract

/// The number of partitions that all services agree on. With another number, commands would go where nobody looks for
/// the room: then this process ends instead.
final class PartitionAgreement: Service, Sendable {
    private let redis: RedisClient
    private let partitions: Int
    private let agreed = NIOLockedValueBox(false)

    init(redis: RedisClient, partitions: Int) {
        self.redis = redis
        self.partitions = partitions
    }

    var isReached: Bool { self.agreed.withLockedValue { $0 } }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Checked again for as long as we live: an emptied Redis is agreed on anew.
                if let found = try? await self.found() {
                    guard found == self.partitions else {
                        throw StartError(
                            "CHAT_PARTITIONS is \(self.partitions) here, but this Redis was begun with \(found)")
                    }
                    self.agreed.withLockedValue { $0 = true }
                }
                try? await Task.sleep(for: self.isReached ? .seconds(10) : .milliseconds(200))
            }
        }
    }

    private func found() async throws(RedisError) -> Int? {
        let key = RedisArgument(RedisNames.partitions)
        _ = try await self.redis.send(RedisCommand("SET", key, RedisArgument(self.partitions), "NX"))
        return try await self.redis.send(RedisCommand("GET", key)).int
    }
}
