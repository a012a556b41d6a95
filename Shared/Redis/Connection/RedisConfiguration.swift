internal import NIOSSL

/// How to reach a server, and how patient to be with it.
public struct RedisConfiguration: Sendable {
    /// Where the server listens.
    public enum Address: Equatable, Sendable {
        case host(String, port: Int)
        case unixSocket(String)
    }

    public var address: Address
    /// `nil` is the server's default user.
    public var user: String?
    public var password: String?
    /// The database number, from 0.
    public var database: Int
    /// Set for `rediss://`.
    public var tls: RedisTLS?
    /// Shown by `CLIENT LIST`; no spaces. Empty means none.
    public var name = "squad-chat"
    /// The limit for one reply, for commands without a limit of their own.
    public var commandTimeout: Duration = .seconds(5)
    /// A connection whose oldest command has timed out is given up after this much more silence: the server, or the way
    /// to it, is gone without a word.
    public var silenceTimeout: Duration = .seconds(2)
    /// The limit for TCP, TLS and the greeting together: an address that swallows what is sent to it, as one does while its
    /// server is being replaced, costs this much before the next attempt.
    public var connectTimeout: Duration = .seconds(1)
    /// The wait before a further attempt to connect. Its cap is what the suite still stands when Redis is back.
    public var reconnect = Backoff(cap: .milliseconds(500))
    /// A larger reply closes the connection.
    public var maxReplyBytes = 100_000_000

    /// Reads one of
    /// - `redis://[user][:password@]host[:port][/database]`,
    /// - `rediss://…`, the same over TLS; `?ca_file=/path` trusts the certificates of that PEM file instead of the
    ///   system's,
    /// - `unix:/path[?db=1&user=u&password=p]`.
    ///
    /// User, password and path may be percent-encoded.
    ///
    /// - Throws: ``RedisError/invalidURL(_:)``.
    public init(url: String) throws(RedisError) {
        let parts = try RedisURL(url)
        self.address = parts.address
        self.user = parts.user
        self.password = parts.password
        self.database = parts.database
        if parts.isEncrypted {
            guard case .host(let host, _) = parts.address else { throw .invalidURL("TLS needs a host") }
            self.tls = RedisTLS(host: host, certificateAuthorityFile: parts.certificateAuthorityFile)
        }
    }
}

/// TLS towards the server. Its certificate is always verified, name included.
public struct RedisTLS: Sendable {
    /// The name in the certificate.
    public var host: String
    /// A PEM file of the certificates to trust; `nil` trusts the system's.
    public var certificateAuthorityFile: String?

    public init(host: String, certificateAuthorityFile: String? = nil) {
        self.host = host
        self.certificateAuthorityFile = certificateAuthorityFile
    }

    /// The name for SNI; `nil` for an IP address, which SNI does not allow (the certificate is checked against the
    /// address then).
    var serverName: String? {
        let isAddress = self.host.contains(":") || self.host.allSatisfy { $0.isNumber || $0 == "." }
        return isAddress ? nil : self.host
    }

    func context() throws(RedisError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let file = self.certificateAuthorityFile { configuration.trustRoots = .file(file) }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .invalidURL("TLS: \(error)")
        }
    }
}
