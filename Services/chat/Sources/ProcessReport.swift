import Domain
import FoundationEssentials
import Glibc
import Redis
import ServiceLifecycle
import ServiceRuntime
import WireContract
import WorkQueue

/// Tells operators every 2 s that this process lives, and which partitions it holds (`squadctl status`).
struct ProcessReport: Service {
    let instance: String
    let healthPort: Int
    let redis: RedisClient
    let leases: PartitionLeases

    func run() async throws {
        let field = "\(ChatAssembly.name):\(self.instance)"
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if let json = try? JSONEncoder().encode(self.record) {
                    _ = try? await self.redis.send(
                        RedisCommand(
                            "HSET", RedisArgument(RedisNames.services), RedisArgument(field),
                            RedisArgument(Array(json))))
                }
                try? await Task.sleep(for: .seconds(2))
            }
        }
        _ = try? await self.redis.send(
            RedisCommand("HDEL", RedisArgument(RedisNames.services), RedisArgument(field)))
    }

    private var record: ServiceRecord {
        ServiceRecord(
            service: ChatAssembly.name, instance: self.instance, pid: Int(getpid()),
            host: ProcessInfo.processInfo.hostName, version: ServiceVersion.release, at: Int(WallClock.milliseconds()),
            healthPort: self.healthPort,
            details: ["partitions": self.leases.held.map(String.init).joined(separator: ",")])
    }
}
