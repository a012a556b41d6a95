public import Logging
public import ServiceLifecycle

/// Everything one service is made of.
public protocol ServiceAssembly: Sendable {
    associatedtype Configuration: ServiceConfiguration

    /// The name of the executable: `gateway`.
    static var name: String { get }
    /// Where health, metrics and version are served unless `HEALTH_PORT` says otherwise.
    static var defaultHealthPort: Int { get }

    /// Builds everything, starts nothing. What it throws is printed as one line, and the process exits with 1.
    init(_ configuration: Configuration, logger: Logger) async throws

    /// In start order; shutdown runs the list backwards, each service after the one before it has ended.
    var services: [any Service] { get }
    /// What must be well before `/readyz` answers 200.
    var readiness: [ReadinessCheck] { get }
}

/// The settings of one service, read and checked once at start.
public protocol ServiceConfiguration: Sendable {
    init(_ settings: inout SettingsReader) throws(SettingsError)
}

/// One condition under which a service can do its work.
public struct ReadinessCheck: Sendable {
    /// What follows when it is not met.
    public enum Severity: Sendable {
        /// The service is not ready: `/readyz` answers 503.
        case problem
        /// The service works, and its operator should know: `/readyz` stays as it is and names it.
        case warning
    }

    /// Stands before the problem in `/readyz`: `redis`.
    public let name: String
    public let severity: Severity
    private let check: @Sendable () async -> String?

    /// - Parameter check: `nil` when all is well, else the problem in a few words. Given up after 2 s.
    public init(name: String, severity: Severity = .problem, check: @escaping @Sendable () async -> String?) {
        self.name = name
        self.severity = severity
        self.check = check
    }

    /// `nil` when all is well.
    public var problem: String? { get async { await self.check() } }
}
