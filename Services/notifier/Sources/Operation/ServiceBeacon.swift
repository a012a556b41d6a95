import FoundationEssentials
import Logging
import Redis
import ServiceLifecycle
import WireContract

/// Tells operators every two seconds that this process lives.
struct ServiceBeacon: Service {
    let redis: RedisClient
    let record: ServiceRecord
    let logger: Logger
    /// Milliseconds since 1970.
    let now: @Sendable () -> Int

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                var record = self.record
                record.at = self.now()
                do {
                    let json = try JSONEncoder().encode(record)
                    _ = try await self.redis.send(
                        RedisCommand(
                            "HSET", RedisArgument(RedisNames.services), RedisArgument(self.field),
                            RedisArgument([UInt8](json))))
                } catch {
                    self.logger.debug("the sign of life was not written", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(2))
            }
        }
        _ = try? await self.redis.send(
            RedisCommand("HDEL", RedisArgument(RedisNames.services), RedisArgument(self.field)))
    }

    private var field: String { "\(self.record.service):\(self.record.instance)" }
}
