import Glibc
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// One run of a service, from its command line to its exit code.
struct ServiceLaunch<Assembly: ServiceAssembly>: Sendable {
    let arguments: [String]
    let environment: [String: String]
    /// Sets up logs and metrics of the process; a test does without.
    var prepare: @Sendable (RuntimeConfiguration, PrometheusMetrics) -> Void = { _, _ in }
    /// Seconds until a shutdown is ended by force; `nil` for never.
    var shutdownLimit: UInt32?
    var signals: [UnixSignal] = [.sigterm, .sigint]
    var write: @Sendable (String, Console.Stream) -> Void = { Console.write($0, to: $1) }
    var onListening: @Sendable (Int) async -> Void = { _ in }

    /// - Returns: The exit code.
    func run() async -> Int32 {
        do {
            switch self.arguments.first {
            case "--help", "-h": return try self.help()
            case "--version":
                self.write("\(Assembly.name) \(ServiceVersion.release)\n", .standardOutput)
                return 0
            case "--healthcheck": return try await self.healthcheck()
            default: return await self.serve(try self.configured())
            }
        } catch {
            self.fail(error.description)
            return 2
        }
    }

    private func help() throws(SettingsError) -> Int32 {
        var settings = try SettingsReader(arguments: [], environment: [:], isDescribing: true)
        _ = try RuntimeConfiguration(&settings, defaultHealthPort: Assembly.defaultHealthPort)
        // It may refuse what describing gives it; what was asked for until then is still worth printing.
        _ = try? Assembly.Configuration(&settings)
        self.write(settings.help(name: Assembly.name), .standardOutput)
        return 0
    }

    private func healthcheck() async throws(SettingsError) -> Int32 {
        var settings = try SettingsReader(arguments: Array(self.arguments.dropFirst()), environment: self.environment)
        let runtime = try RuntimeConfiguration(&settings, defaultHealthPort: Assembly.defaultHealthPort)
        guard let problem = await HealthProbe.problem(host: runtime.healthHost, port: runtime.healthPort) else {
            return 0
        }
        self.fail(problem)
        return 1
    }

    /// What a service is told, and what nobody asked for.
    private struct Settings {
        let runtime: RuntimeConfiguration
        let service: Assembly.Configuration
        let unread: [String]
    }

    private func configured() throws(SettingsError) -> Settings {
        var settings = try SettingsReader(arguments: self.arguments, environment: self.environment)
        let runtime = try RuntimeConfiguration(&settings, defaultHealthPort: Assembly.defaultHealthPort)
        let configuration = try Assembly.Configuration(&settings)
        try settings.refuseUnknownFlags()
        return Settings(runtime: runtime, service: configuration, unread: settings.unreadFileKeys)
    }

    private func serve(_ settings: Settings) async -> Int32 {
        let metrics = PrometheusMetrics()
        self.prepare(settings.runtime, metrics)
        var logger = Logger(label: Assembly.name)
        logger.logLevel = settings.runtime.logLevel
        if !settings.unread.isEmpty {
            logger.notice(
                "CONFIG_FILE holds what this service does not read: misspelt, or meant for another",
                metadata: ["keys": "\(settings.unread.joined(separator: ", "))"])
        }
        let version = ServiceVersion(name: Assembly.name, commit: self.environment["BUILD_COMMIT"])
        do {
            let assembly = try await Assembly(settings.service, logger: logger)
            let status = HealthStatus(version: version, checks: assembly.readiness)
            let (gate, opener) = AsyncStream<Void>.makeStream()
            let health = HealthServer(
                host: settings.runtime.healthHost, port: settings.runtime.healthPort, status: status,
                metrics: metrics, logger: logger,
                onListening: { port in
                    opener.yield()
                    await self.onListening(port)
                })
            let drain = DrainSwitch {
                status.startDraining()
                if let limit = self.shutdownLimit { ShutdownDeadline.arm(seconds: limit) }
            }
            logger.notice("starting", metadata: ["version": "\(ServiceVersion.release)"])
            let gated = GatedServices(services: assembly.services + [drain], gate: gate, logger: logger)
            var configuration = GatedServices.configuration([health, gated], logger: logger)
            configuration.gracefulShutdownSignals = self.signals
            configuration.maximumGracefulShutdownDuration = .seconds(8)
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            self.fail(Self.line(for: error))
            return 1
        }
        ShutdownDeadline.disarm()
        logger.notice("stopped")
        return 0
    }

    private func fail(_ line: String) {
        self.write("\(Assembly.name): \(line)\n", .standardError)
    }

    /// An error in one line a person can act on.
    private static func line(for error: any Error) -> String {
        if let error = error as? IOError, error.errnoCode == EADDRINUSE {
            return "an address to listen on is in use by another process"
        }
        return String(describing: error).split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
