import Cryptography
import Curl
import Database
import Directory
import Domain
import FoundationEssentials
public import Logging
import Redis
public import ServiceLifecycle
public import ServiceRuntime
import SuiteMembership
import WorkQueue

/// Everything the notifier is made of, in start order; shutdown runs the list backwards.
public struct NotifierAssembly: ServiceAssembly {
    public static let name = "notifier"
    public static let defaultHealthPort = 5012

    public let services: [any Service]
    public let readiness: [ReadinessCheck]

    public init(_ configuration: NotifierConfiguration, logger: Logger) async throws {
        let now: @Sendable () -> Int = { Int(WallClock.milliseconds()) }
        let instance = try Base64URL.encode(SecureRandom.bytes(9))
        let redis = RedisClient(try RedisConfiguration(url: configuration.redisURL), logger: logger)
        let directory = DirectoryReplica(redis: redis, logger: logger)
        let preferences = try await PreferenceStore(Self.database(configuration))

        let signals: [DeliveryMethod: JobSignal] = [.realTime: JobSignal(), .email: JobSignal()]
        let email = try Self.email(configuration, roster: directory, logger: logger)
        var providers: [(method: DeliveryMethod, provider: any DeliveryProvider, retries: RetryPolicy)] = [
            (.realTime, RealTimeProvider(redis: redis), RetryPolicy(base: .milliseconds(100), cap: .seconds(10)))
        ]
        if let email { providers.append((.email, email, configuration.mailRetries)) }

        let handler = OutboxHandler(
            planner: NotificationPlanner(roster: directory, fresh: configuration.fresh),
            methods: MethodPlanner(available: Set(providers.map(\.method))), preferences: preferences,
            presence: Presence(redis: redis), rights: MemberRights(redis: redis),
            store: NotificationStore(
                redis: redis, signalMailInterval: configuration.signalMailInterval, signals: signals),
            roster: directory, logger: logger, now: now)

        let agreement = PartitionAgreement(redis: redis, partitions: configuration.partitions)
        let details = ["mail": configuration.mail.summary]
        var services: [any Service] = [
            redis, directory, agreement,
            ProcessHeartbeat(
                redis: redis, service: Self.name, instance: instance, healthPort: configuration.healthPort,
                details: { details }),
        ]
        var lanes: [(queue: JobQueue, signal: JobSignal)] = []
        for (method, provider, retries) in providers {
            guard let signal = signals[method] else { continue }
            let queues = NotifierKeys.queues(method)
            let deliveries = DeliveryHandler(provider: provider, retries: retries, logger: logger)
            let concurrency = method == .email ? configuration.mailConnections : 32
            services.append(
                JobWorker(
                    queues: queues, redis: redis, instance: instance,
                    configuration: .init(concurrency: concurrency, lease: configuration.claim), signal: signal,
                    logger: logger, observe: NotifierMetrics.count, handle: deliveries.handle))
            lanes += queues.map { ($0, signal) }
        }
        services.append(RetryScheduler(lanes: lanes, redis: redis, logger: logger, observe: NotifierMetrics.count))
        let readers = OutboxReaders(
            redis: redis, partitions: configuration.partitions, instance: instance, directory: directory,
            handler: handler, logger: logger, now: now)
        services.append(agreement.gate(readers.service))
        self.services = services
        self.readiness = [
            ReadinessCheck(name: "redis") {
                do throws(RedisError) {
                    _ = try await redis.send(RedisCommand("PING"))
                    return nil
                } catch { return "\(error)" }
            },
            ReadinessCheck(name: "directory") { directory.isReady ? nil : "not loaded yet" },
            agreement.readiness, .durability(of: redis),
        ]
        configuration.mail.announce(logger)
    }

    private static func database(_ configuration: NotifierConfiguration) throws -> SQLDatabase {
        let path = configuration.databaseURL.dropFirst("sqlite:".count)
        let folder = URL(filePath: String(path)).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return try SQLDatabase(url: configuration.databaseURL)
    }

    private static func email(
        _ configuration: NotifierConfiguration, roster: any Roster, logger: Logger
    ) throws -> EmailProvider? {
        let carrier: any MailCarrier
        switch configuration.mail {
        case .smtp(let server):
            let curl = CurlClient(
                CurlConfiguration(connectionsPerHost: 1, threads: configuration.mailConnections), logger: logger)
            carrier = SMTPCarrier(curl: curl, server: server)
        case .files(let directory): carrier = MailFiles(directory: directory, logger: logger)
        case .off: return nil
        }
        let renderer = try NotificationRenderer(from: configuration.mailFrom, publicURL: configuration.publicURL)
        return EmailProvider(roster: roster, renderer: renderer, carrier: carrier)
    }
}

extension NotifierConfiguration.Mail {
    /// For operators.
    var summary: String {
        switch self {
        case .smtp(let server): "smtp \(server.host):\(server.port) \(server.encryption.rawValue)"
        case .files(let directory): "files in \(directory)"
        case .off(let reason): "off: \(reason)"
        }
    }

    fileprivate func announce(_ logger: Logger) {
        switch self {
        case .smtp(let server):
            logger.notice("mail goes to a server", metadata: ["server": "\(self.summary)"])
            if server.encryption == .none, server.credentials != nil {
                logger.warning("the mail password travels in the clear: SMTP_TLS is none")
            }
        case .files(let directory):
            logger.notice(
                "SMTP_HOST is not set: in demo mode mails are written to files", metadata: ["directory": "\(directory)"]
            )
        case .off(let reason):
            logger.notice("mail is off", metadata: ["reason": "\(reason)"])
        }
    }
}
