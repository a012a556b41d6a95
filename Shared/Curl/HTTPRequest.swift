/// One HTTP request. Its answer is kept in memory, up to a limit.
public struct HTTPRequest: Sendable {
    /// The method, in capitals.
    public var method: String
    /// `http://` or `https://`.
    public var url: String
    /// In the order given. `Content-Length` and `Host` are curl's.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// For the connection alone.
    public var connectTimeout: Duration
    /// For everything, the connection included.
    public var timeout: Duration
    /// The most bytes of answer that are accepted.
    public var maximumResponseBytes: Int
    public var trust: TLSTrust

    /// - Parameters:
    ///   - method: Default `GET`.
    ///   - url: `http://` or `https://`.
    ///   - headers: In the order given.
    ///   - body: Empty = none.
    ///   - connectTimeout: Default 5 s.
    ///   - timeout: For everything; default 15 s.
    ///   - maximumResponseBytes: Default 1 MiB.
    ///   - trust: Default: the authorities of the system.
    public init(
        method: String = "GET", url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        connectTimeout: Duration = .seconds(5), timeout: Duration = .seconds(15),
        maximumResponseBytes: Int = 1_048_576, trust: TLSTrust = TLSTrust()
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.connectTimeout = connectTimeout
        self.timeout = timeout
        self.maximumResponseBytes = maximumResponseBytes
        self.trust = trust
    }
}

/// The answer to an ``HTTPRequest``.
public struct HTTPResponse: Sendable {
    /// 100–599.
    public internal(set) var status: Int
    /// As they came, in order, without the spaces around the value.
    public internal(set) var headers: [(name: String, value: String)]
    public internal(set) var body: [UInt8]

    /// The value of the first header of that name, whatever the case of its letters.
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return self.headers.first { $0.name.lowercased() == wanted }?.value
    }
}
