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
        let database = try Self.database(configuration)
        let preferences = try await PreferenceStore(database)
        let rooms = RoomStore(database)

        let methods = Methods([
            Methods.realTime(RealTimeProvider(redis: redis)),
            Methods.email(
                try Self.email(configuration, roster: directory, logger: logger), retries: configuration.mailRetries,
                connections: configuration.mailConnections),
        ])
        let notices = NoticeReader(redis: redis)
        let broken = BrokenKeys(redis: redis, logger: logger)
        let signals = Dictionary(uniqueKeysWithValues: methods.active.map { ($0.method, JobSignal()) })
        let handler = OutboxHandler(
            rooms: rooms,
            planner: NotificationPlanner(roster: directory, fresh: configuration.fresh),
            methods: MethodPlanner(methods: methods), preferences: preferences,
            presence: Presence(redis: redis, faults: KeyFaults(logger: logger)),
            rights: MemberRights(redis: redis, broken: broken),
            store: NotificationStore(
                redis: redis, broken: broken, notices: notices, signalMailInterval: configuration.signalMailInterval,
                signals: signals),
            roster: directory, now: now)

        let agreement = PartitionAgreement(redis: redis, partitions: configuration.partitions)
        let details = ["mail": configuration.mail.summary]
        let readiness: [ReadinessCheck] = [
            ReadinessCheck(name: "redis") {
                do throws(RedisError) {
                    _ = try await redis.send(RedisCommand("PING"))
                    return nil
                } catch { return "\(error)" }
            },
            ReadinessCheck(name: "directory") { directory.isReady ? nil : "not loaded yet" },
            agreement.readiness, .durability(of: redis),
        ]
        var services: [any Service] = [
            redis, directory, agreement,
            ProcessHeartbeat(
                redis: redis, service: Self.name, instance: instance, healthPort: configuration.healthPort,
                readiness: readiness,
                details: { details }),
        ]
        for method in methods.active {
            guard let signal = signals[method.method], let provider = method.provider else { continue }
            let counters = DeliveryCounters(method.method)
            let deliveries = DeliveryHandler(
                provider: provider, notices: notices,
                check: DeliveryCheck(
                    method: method.method, freshness: Freshness(limit: configuration.fresh), rooms: rooms,
                    preferences: preferences, roster: directory, now: now),
                retries: method.retries,
                signalMails: method.method == .email ? SignalMails(redis: redis, logger: logger) : nil, logger: logger)
            services.append(
                JobWorker(
                    redis: redis, instance: instance,
                    configuration: .init(
                        concurrency: method.concurrency, together: method.together, lease: configuration.claim,
                        repeats: method.repeats),
                    signal: signal, logger: logger, observe: counters.count, handle: deliveries.handle))
            services.append(
                RetryScheduler(
                    lanes: NotifierKeys.queues(method.method).map { ($0, signal) }, redis: redis, logger: logger,
                    observe: counters.count))
        }
        let readers = OutboxReaders(
            redis: redis, partitions: configuration.partitions, instance: instance, directory: directory,
            handler: handler, logger: logger, now: now)
        services.append(agreement.gate(readers.service))
        self.services = services
        self.readiness = readiness
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
