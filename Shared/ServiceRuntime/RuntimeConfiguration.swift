import Logging

/// The settings that every service has.
struct RuntimeConfiguration: Sendable {
    let logLevel: Logger.Level
    let healthHost: String
    let healthPort: Int

    init(_ settings: inout SettingsReader, defaultHealthPort: Int) throws(SettingsError) {
        self.logLevel = try settings.choice(
            "LOG_LEVEL", default: Logger.Level.info, describe: "The least important log lines to write.")
        self.healthHost = try settings.string(
            "HEALTH_HOST", default: "127.0.0.1",
            describe: "Address on which /healthz, /readyz, /metrics and /version are served.")
        self.healthPort = try settings.integer(
            "HEALTH_PORT", default: defaultHealthPort, range: 0...65_535, unit: "(0 = any free port)",
            describe: "Port on which /healthz, /readyz, /metrics and /version are served.")
    }
}
