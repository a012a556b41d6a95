import Directory
import Domain
import FoundationEssentials
public import Logging
import Metrics
import NIOConcurrencyHelpers
import Redis
public import ServiceLifecycle
public import ServiceRuntime
import SuiteMembership
import WorkQueue

/// Everything the integration service is made of, in start order; shutdown runs the list backwards.
public struct IntegrationAssembly: ServiceAssembly {
    public static let name = "integration"
    public static let defaultHealthPort = 5013

    public let services: [any Service]
    public let readiness: [ReadinessCheck]

    public init(_ configuration: IntegrationConfiguration, logger: Logger) async throws {
        let redis = RedisClient(configuration.redis, logger: logger)
        let replica = DirectoryReplica(redis: redis, logger: logger)
        let writer = DirectoryWriter(redis: redis)
        let keeper = DirectoryKeeper(
            replica: replica, writer: writer, isDemo: configuration.isDemo,
            dataDirectory: configuration.dataDirectory, logger: logger)
        let agreement = PartitionAgreement(redis: redis, partitions: configuration.partitions)
        let routes = try RouteFile(path: configuration.routesFile, logger: logger)
        let commands = CommandSender(redis: redis, partitions: configuration.partitions)
        let register = SignalRegister(redis: redis)
        let lag = SignalLag(redis: redis, warnAt: configuration.lagWarning, logger: logger)
        let instance = "\(ProcessInfo.processInfo.hostName)-\(ProcessInfo.processInfo.processIdentifier)"
        let streams = IntegrationStreams(
            redis: redis, instance: instance, firstStart: FirstStart(dataDirectory: configuration.dataDirectory),
            signalsFrom: configuration.signalsFrom, logger: logger)
        let signals = SignalHandler(
            directory: replica, routes: routes, register: register, commands: commands, agreement: agreement,
            freshFor: configuration.freshFor, logger: logger)
        let outcomes = OutcomeHandler(
            directory: replica, register: register, commands: commands, agreement: agreement, logger: logger)

        let readiness: [ReadinessCheck] = [
            ReadinessCheck(name: "redis") { redis.current == nil ? "not connected" : nil },
            ReadinessCheck(name: "directory") { keeper.hasFilled ? nil : "not loaded yet" },
            agreement.readiness,
            ReadinessCheck(name: "signals") { lag.latest == nil ? "the group is not there yet" : nil },
            .durability(of: redis),
        ]
        self.services = [
            redis, replica, agreement, keeper, routes, lag,
            streams.consumers(signals: signals, outcomes: outcomes, users: UserFeedHandler(writer: writer)),
            ProcessHeartbeat(
                redis: redis, service: Self.name, instance: instance, healthPort: configuration.healthPort,
                readiness: readiness,
                details: { Self.details(lag: lag.latest, users: replica.users().count) }),
        ]
        self.readiness = readiness
    }

    private static func details(lag: SignalLag.Reading?, users: Int) -> [String: String] {
        var details = ["users": String(users)]
        if let lag {
            details["signals_waiting"] = String(lag.waiting)
            details["signals_lost"] = String(lag.lost)
        }
        return details
    }
}
