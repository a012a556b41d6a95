import Redis
public import ServiceRuntime
import SuiteMembership
import WorkQueue

/// Every setting of the integration service.
public struct IntegrationConfiguration: ServiceConfiguration {
    let redis: RedisConfiguration
    let partitions: Int
    /// Where what must outlive Redis is kept: the directory's backup and the mark of the first start.
    let dataDirectory: String
    let isDemo: Bool
    let healthPort: Int
    /// Where our group begins in the engine's stream at the very first start.
    let signalsFrom: StreamReader.Start
    /// Older signals are marked stale.
    let freshFor: Duration
    /// The rule file; nil sends every signal to every squad.
    let routesFile: String?
    /// So many signals not taken yet are a warning. The engine trims its stream to about 1000.
    let lagWarning: Int

    /// Where our group begins, as the setting writes it.
    enum SignalsFrom: String, CaseIterable, Sendable {
        case now = "$"
        case beginning = "0-0"
    }

    public init(_ settings: inout SettingsReader) throws(SettingsError) {
        let url = try settings.url(
            "REDIS_URL", default: "redis://localhost:6379", schemes: ["redis", "rediss", "unix"],
            describe: "The Redis that the suite shares.")
        do { self.redis = try RedisConfiguration(url: url) } catch {
            throw SettingsError("REDIS_URL", "cannot be used: \(error)")
        }
        self.partitions = try settings.partitions()
        self.dataDirectory = try settings.string(
            "DATA_DIR", default: "var", describe: "Directory of the backup of the user directory.")
        self.isDemo = try settings.bool(
            "DEMO_MODE", default: false, describe: "Writes the demo squads alpha and bravo into the directory.")
        self.healthPort = try settings.integer(
            "HEALTH_PORT", default: 5013, range: 0...65_535, unit: "(0 = any free port)",
            describe: "Port on which /healthz, /readyz, /metrics and /version are served.")
        let from = try settings.choice(
            "SIGNALS_FROM", default: SignalsFrom.now,
            describe: "Where to begin in the engine's stream at the very first start: $ (what comes) or 0-0 (all).")
        self.signalsFrom = from == .now ? .now : .beginning
        self.freshFor = try settings.duration(
            "SIGNAL_FRESH_SECONDS", default: .seconds(300), range: .seconds(1)...(.seconds(86_400)),
            describe: "An older signal is posted into the history marked stale, and alerts nobody.")
        self.routesFile = try settings.optionalString(
            "ROUTES_FILE", describe: "JSON file that says which signals go to which squads; read again when it changes."
        )
        self.lagWarning = try settings.integer(
            "SIGNAL_LAG_WARNING", default: 200, range: 1...900, unit: "signals",
            describe: "So many signals not taken yet are warned of; the engine keeps about 1000.")
    }
}
