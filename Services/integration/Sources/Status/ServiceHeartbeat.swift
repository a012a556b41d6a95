import FoundationEssentials
import Redis
import ServiceLifecycle
import ServiceRuntime
import WireContract

/// Tells operators every 2 s that this process lives, and removes the line when it ends as it should.
struct ServiceHeartbeat: Service {
    let redis: RedisClient
    let service: String
    let instance: String
    let healthPort: Int
    /// What this service adds for operators.
    let details: @Sendable () -> [String: String]

    func run() async throws {
        let field = RedisArgument("\(self.service):\(self.instance)")
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if let json = try? JSONEncoder().encode(self.record) {
                    _ = try? await self.redis.send(
                        RedisCommand("HSET", RedisArgument(RedisNames.services), field, RedisArgument(Array(json))))
                }
                try? await Task.sleep(for: .seconds(2))
            }
        }
        _ = try? await self.redis.send(RedisCommand("HDEL", RedisArgument(RedisNames.services), field))
    }

    private var record: ServiceRecord {
        ServiceRecord(
            service: self.service, instance: self.instance, pid: Int(ProcessInfo.processInfo.processIdentifier),
            host: ProcessInfo.processInfo.hostName, version: ServiceVersion.release,
            at: Int(WallClock.milliseconds()), healthPort: self.healthPort, details: self.details())
    }
}
