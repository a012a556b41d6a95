/// One process of the suite, as it tells operators that it lives (``RedisNames/services``, see ``Liveness``).
public struct ServiceRecord: Codable, Sendable, Equatable {
    public var service: String
    public var instance: String
    public var pid: Int
    public var host: String
    public var version: String
    /// Milliseconds since 1970.
    public var at: Int
    public var healthPort: Int
    /// What the service adds for operators, for example the partitions it holds.
    public var details: [String: String]

    enum CodingKeys: String, CodingKey {
        case service, instance, pid, host, version, at, details
        case healthPort = "health_port"
    }

    public init(
        service: String, instance: String, pid: Int, host: String, version: String, at: Int, healthPort: Int,
        details: [String: String] = [:]
    ) {
        self.service = service
        self.instance = instance
        self.pid = pid
        self.host = host
        self.version = version
        self.at = at
        self.healthPort = healthPort
        self.details = details
    }
}
