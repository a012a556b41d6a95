import Directory
public import Logging
import Redis
public import ServiceLifecycle
public import ServiceRuntime
import SuiteMembership
import WireContract
import WorkQueue

/// Everything the chat service is made of, in start order; shutdown runs the list backwards.
public struct ChatAssembly: ServiceAssembly {
    public static let name = "chat"
    public static let defaultHealthPort = 5_011

    public let services: [any Service]
    public let readiness: [ReadinessCheck]
    let archive: SQLiteArchive

    public init(_ configuration: ChatConfiguration, logger: Logger) async throws {
        let limits = configuration.limits
        let instance = String(PartitionLease.randomToken().prefix(12))
        let redis = RedisClient(configuration.redis, logger: logger)
        let archive = try SQLiteArchive(url: configuration.databaseURL, logger: logger)
        let fileHealth = DailyFileHealth()
        self.archive = archive
        let identity = ArchiveIdentity(
            identity: try await archive.prepare(
                partitions: limits.partitions, newIdentity: PartitionLease.randomToken()),
            partitions: limits.partitions)
        let replica = DirectoryReplica(redis: redis, logger: logger)
        let changes = DirectoryChanges()
        replica.onChange { changes.take($0) }
        let names = PartitionNames(
            count: limits.partitions, state: RedisNames.state, entries: RedisNames.commands,
            processes: RedisNames.chats)
        let holder = PartitionHolder(
            names: names, redis: redis, directory: ChatDirectory(replica, redis: redis), changes: changes,
            archive: archive, files: DailyFiles(folder: configuration.archiveFolder), fileHealth: fileHealth,
            identity: identity, limits: limits, logger: logger)
        let leases = PartitionLeases(process: instance, names: names, redis: redis, logger: logger) { lease in
            // Permissions come from the directory: without it nobody may do anything.
            guard (try? await replica.waitUntilReady()) != nil else { return }
            await holder.hold(lease)
        }
        let readiness: [ReadinessCheck] = [
            ReadinessCheck(name: "redis") { redis.current == nil ? "not connected" : nil },
            // Without them no room takes a message, however well the rest is.
            ReadinessCheck(name: "leases") { leases.trouble },
            ReadinessCheck(name: "archive") { identity.report },
            ReadinessCheck(name: "daily files", severity: .warning) { fileHealth.report },
            ReadinessCheck(name: "directory") { replica.isReady ? nil : "not loaded yet" },
            .durability(of: redis),
        ]
        let report = ProcessHeartbeat(
            redis: redis, service: Self.name, instance: instance, healthPort: configuration.healthPort,
            readiness: readiness,
            details: { ["partitions": leases.kept.map(String.init).joined(separator: ",")] })
        self.services = [
            redis, ArchiveGuard(identity: identity, redis: redis, logger: logger), replica, leases, report,
        ]
        self.readiness = readiness
    }
}
