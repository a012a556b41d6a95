import Cryptography
import Directory
public import Logging
import NIOCore
import NIOPosix
import Redis
public import ServiceLifecycle
public import ServiceRuntime
import SuiteMembership

/// Everything the gateway is made of, in start order; shutdown runs the list backwards: the sockets are closed first,
/// their last commands go out, then Redis.
public struct GatewayAssembly: ServiceAssembly {
    public static let name = "gateway"
    public static let defaultHealthPort = 5_010

    public let services: [any Service]
    public let readiness: [ReadinessCheck]
    /// For tests: where the gateway listens.
    let server: GatewayServer
    /// For tests: one per event loop.
    let loops: [GatewayLoop]

    public init(_ configuration: GatewayConfiguration, logger: Logger) async throws {
        try configuration.check()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.eventLoops)
        let instance = try Base64URL.encode(SecureRandom.bytes(9))
        let redis = RedisClient(configuration.redis, logger: logger)
        let directory = DirectoryReplica(redis: redis, logger: logger)
        var settings = configuration.loop
        settings.version = ServiceVersion.release
        settings.sessionSeconds = Int(configuration.sessionLifetime.components.seconds)
        var loops: [GatewayLoop] = []
        var services: [any Service] = [redis, directory]
        for (index, eventLoop) in group.makeIterator().enumerated() {
            let loop = GatewayLoop(
                name: "gw-\(instance)-\(index)", eventLoop: eventLoop, settings: settings,
                redis: configuration.redis, directory: directory, logger: logger)
            loops.append(loop)
            services += [loop.redis, loop.subscriber, GatewayLoopService(loop: loop)]
        }
        let sessions = SessionStore(
            redis: redis, key: try configuration.secretKey ?? SecureRandom.bytes(32),
            lifetime: configuration.sessionLifetime)
        let tokens = try await configuration.token.asyncMap { try await TokenVerifier($0) }
        let files = try configuration.webRoot.map { try WebClientFiles(folder: $0) }
        let routes = Routes(groups: [
            SignInRoutes(
                sessions: sessions, tokens: tokens, directory: directory, writer: DirectoryWriter(redis: redis),
                isDemo: configuration.isDemo, allowedOrigins: configuration.socket.allowedOrigins),
            SessionRoutes(sessions: sessions, directory: directory, isDemo: configuration.isDemo),
            PageRoutes(files: files, sessions: sessions),
        ])
        self.server = GatewayServer(
            configuration, group: group, routes: routes,
            admission: UpgradeAdmission(
                store: sessions, directory: directory,
                doors: loops.map { .init(eventLoop: $0.eventLoop, redis: $0.redis, sessions: $0.sessions) }),
            logger: logger)
        self.loops = loops
        let agreement = PartitionAgreement(redis: redis, partitions: settings.partitions)
        let reporter = ServiceReporter(loops: loops)
        let readiness: [ReadinessCheck] = [
            ReadinessCheck(name: "redis") { [loops] in
                for loop in loops {
                    let isReady = (try? await loop.eventLoop.submit { loop.isReady }.get()) ?? false
                    if !isReady { return "Redis is not connected" }
                }
                return nil
            },
            ReadinessCheck(name: "directory") { directory.isReady ? nil : "the directory is not loaded yet" },
            // Last to come: whoever is told that we are ready sends people here at once.
            ReadinessCheck(name: "public port") { [server] in server.port == nil ? "not open yet" : nil },
            agreement.readiness, .durability(of: redis),
        ]
        services += [
            agreement, reporter,
            ProcessHeartbeat(
                redis: redis, service: Self.name, instance: instance, healthPort: configuration.healthPort,
                readiness: readiness,
                details: { await reporter.details() }),
            // A command of another number of partitions would go where nobody looks for its room.
            agreement.gate(self.server),
        ]
        self.services = services
        self.readiness = readiness
        if configuration.isDemo {
            logger.warning(
                "DEMO MODE: anybody who reaches \(configuration.host):\(configuration.port) may sign in as anybody, without a password"
            )
        }
        if configuration.secretKey == nil {
            logger.warning("no CHAT_SECRET_KEY: sessions end when this process does")
        }
    }
}

extension Optional {
    fileprivate func asyncMap<Result>(_ transform: (Wrapped) async throws -> Result) async rethrows -> Result? {
        guard let value = self else { return nil }
        return try await transform(value)
    }
}
