import FoundationEssentials
import Glibc
import Logging
import Metrics

/// What all four mains share.
public enum ServiceRuntime {
    /// Runs a service until it is told to stop, then ends the process.
    ///
    /// - SIGTERM and SIGINT: services stop in reverse order; after 8 s they are cancelled, after 10 s the process ends.
    /// - Command line: `--<setting> <value>`, `--help`, `--version`, `--healthcheck` (asks the running service's
    ///   `/healthz`).
    /// - Exit codes: 0 stopped as asked, or healthy; 1 failed, or not healthy; 2 wrong settings.
    public static func run<Assembly: ServiceAssembly>(_ assembly: Assembly.Type) async {
        // A peer that goes away is an error of one write, never the end of the process.
        signal(SIGPIPE, SIG_IGN)
        // What we write is people's messages and addresses: for the user of the service, and nobody else on this machine.
        umask(0o077)
        let launch = ServiceLaunch<Assembly>(
            arguments: Array(CommandLine.arguments.dropFirst()), environment: ProcessInfo.processInfo.environment,
            prepare: { configuration, metrics in
                LoggingSystem.bootstrap { _ in JSONLogHandler(service: Assembly.name, level: configuration.logLevel) }
                MetricsSystem.bootstrap(metrics)
            },
            shutdownLimit: 10)
        exit(await launch.run())
    }
}
