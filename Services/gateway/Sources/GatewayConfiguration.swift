import NIOCore
import Redis
public import ServiceRuntime
import SuiteMembership
import WebSocket

/// Every setting of the gateway.
public struct GatewayConfiguration: ServiceConfiguration {
    let redis: RedisConfiguration
    let host: String
    let port: Int
    let webRoot: String?
    let isDemo: Bool
    /// The key of the session cookies' signature; `nil` in demo mode for one that is random per start.
    let secretKey: [UInt8]?
    let sessionLifetime: Duration
    let token: TokenVerifier.Configuration?
    let eventLoops: Int
    let socket: WebSocketConfiguration
    let loop: GatewayLoop.Settings
    /// Told to operators; the runtime itself listens on it.
    let healthPort: Int

    public init(_ settings: inout SettingsReader) throws(SettingsError) {
        let url = try settings.url(
            "REDIS_URL", default: "redis://localhost:6379", schemes: ["redis", "rediss", "unix"],
            describe: "The Redis that the suite shares.")
        do {
            self.redis = try RedisConfiguration(url: url)
        } catch {
            throw SettingsError("REDIS_URL", "is not a Redis URL: \(error)")
        }
        self.port = try settings.integer(
            "PORT", default: 5_000, range: 0...65_535, unit: "(0 = any free port)",
            describe: "Port of the page, the REST paths and /ws.", fileKey: "gateway.port")
        self.isDemo = try settings.bool(
            "DEMO_MODE", default: false,
            describe: "Sign in without a password as anybody in the directory. Loopback only; never for the public.")
        self.host = try Self.address(&settings, isDemo: self.isDemo)
        self.webRoot = try settings.optionalString(
            "WEB_ROOT", describe: "Folder of the page. Without it only REST and /ws are served.")
        let secret = try settings.secret(
            "CHAT_SECRET_KEY", minimumLength: 32,
            describe: "Signs the session cookies; the same for all gateways. Required unless DEMO_MODE is on.")
        self.secretKey = secret.map { Array($0.utf8) }
        self.sessionLifetime = try settings.duration(
            "SESSION_TTL", default: .seconds(604_800), range: .seconds(60)...(.seconds(31_536_000)), unit: .seconds,
            describe: "How long a sign-in lasts without use.")
        self.token = try Self.token(&settings)
        self.eventLoops = try settings.integer(
            "EVENT_LOOPS", default: max(1, System.coreCount / 2), range: 1...64, unit: "threads",
            describe: "Threads that carry sockets. Each subscribes to Redis by itself.")
        self.socket = try Self.socket(&settings)
        self.healthPort = try settings.integer(
            "HEALTH_PORT", default: GatewayAssembly.defaultHealthPort, range: 0...65_535,
            describe: "Port of /healthz, told to operators.")
        self.loop = try Self.loop(&settings, maximumFrameBytes: self.socket.maximumMessageBytes)
    }

    /// What only makes sense together, told at start.
    func check() throws(SettingsError) {
        guard !self.isDemo else { return }
        if self.secretKey == nil {
            throw SettingsError("CHAT_SECRET_KEY", "is required (or CHAT_SECRET_KEY_FILE): at least 32 bytes")
        }
        if self.token == nil {
            throw SettingsError("JWT_ALGORITHM", "is required when DEMO_MODE is off: nobody could sign in")
        }
    }

    private static func address(_ settings: inout SettingsReader, isDemo: Bool) throws(SettingsError) -> String {
        let host = try settings.string(
            "HOST", default: "127.0.0.1", describe: "Address to listen on outside demo mode.")
        let demoBind = try settings.string(
            "DEMO_BIND", default: "127.0.0.1",
            describe: "Address to listen on in demo mode; another than loopback needs DEMO_PUBLISHED.")
        let published = try settings.optionalString(
            "DEMO_PUBLISHED",
            describe: "Where the only proxy that reaches DEMO_BIND is published, address:port; must be loopback.")
        guard isDemo else { return host }
        if let published {
            guard Self.isLoopback(published) else {
                throw SettingsError(
                    "DEMO_PUBLISHED",
                    "is \"\(published)\": with DEMO_MODE on anybody could sign in as commander there; "
                        + "publish on 127.0.0.1, or set DEMO_MODE=0")
            }
        } else if !["127.0.0.1", "::1", "localhost"].contains(demoBind) {
            throw SettingsError(
                "DEMO_BIND", "is \"\(demoBind)\", but demo mode asks no password: only loopback, or DEMO_PUBLISHED")
        }
        return demoBind
    }

    /// A port alone, or an address that is left out, is every address: not loopback.
    private static func isLoopback(_ published: String) -> Bool {
        ["127.0.0.1:", "[::1]:", "localhost:"].contains { published.hasPrefix($0) }
    }

    private static func token(_ settings: inout SettingsReader) throws(SettingsError) -> TokenVerifier.Configuration? {
        let name = try settings.optionalString(
            "JWT_ALGORITHM", describe: "How the owner's system signs tokens: HS256, RS256, ES256 or EdDSA.")
        let key = try settings.secret(
            "JWT_KEY", describe: "The key that proves tokens: PEM, a JWKS document, or for HS256 at least 32 bytes.")
        let issuer = try settings.optionalString("JWT_ISSUER", describe: "The `iss` that tokens must have.")
        let audience = try settings.optionalString("JWT_AUDIENCE", describe: "The `aud` that tokens must name.")
        guard let name else { return nil }
        guard let algorithm = TokenVerifier.Algorithm(rawValue: name) else {
            throw SettingsError("JWT_ALGORITHM", "is \"\(name)\", expected one of HS256, RS256, ES256, EdDSA")
        }
        guard let key else { throw SettingsError("JWT_KEY", "is required with JWT_ALGORITHM (JWT_KEY_FILE)") }
        if algorithm == .hs256, !key.hasPrefix("{"), key.utf8.count < 32 {
            throw SettingsError("JWT_KEY", "has \(key.utf8.count) bytes; HS256 needs at least 32")
        }
        return TokenVerifier.Configuration(algorithm: algorithm, key: key, issuer: issuer, audience: audience)
    }

    private static func socket(_ settings: inout SettingsReader) throws(SettingsError) -> WebSocketConfiguration {
        var socket = WebSocketConfiguration()
        socket.maximumMessageBytes = try settings.integer(
            "MAX_FRAME_BYTES", default: 65_536, range: 4_096...1_048_576, unit: "bytes",
            describe: "The longest frame and message a client may send.")
        socket.outboundLimitBytes = try settings.integer(
            "OUTBOUND_LIMIT_BYTES", default: 1_048_576, range: 65_536...67_108_864, unit: "bytes",
            describe: "What may wait for one slow reader before it is closed with 1013.")
        socket.pingInterval = try settings.duration(
            "PING_INTERVAL", default: .seconds(30), range: .seconds(1)...(.seconds(600)), unit: .seconds,
            describe: "Pause between pings; a socket silent for one more pause is closed.")
        socket.openingTimeout = try settings.duration(
            "OPENING_TIMEOUT", default: .seconds(10), range: .seconds(1)...(.seconds(120)), unit: .seconds,
            describe: "How long a connection may take to send its first request.")
        socket.allowedOrigins = try settings.list(
            "ALLOWED_ORIGINS",
            describe: "Origins besides the page's own that may open /ws: https://chat.example.com, with commas between."
        )
        socket.writesDirectly = try settings.bool(
            "DIRECT_WRITES", default: true,
            describe: "Hand bytes to the kernel past the channel while nothing waits in it.")
        return socket
    }

    private static func loop(
        _ settings: inout SettingsReader, maximumFrameBytes: Int
    ) throws(SettingsError) -> GatewayLoop.Settings {
        var loop = GatewayLoop.Settings()
        loop.maximumFrameBytes = maximumFrameBytes
        loop.partitions = try settings.partitions()
        loop.commandsBound = try settings.integer(
            "COMMANDS_BOUND", default: 100_000, range: 100...10_000_000, unit: "commands",
            describe: "Commands that may wait in one partition before more are refused as busy.")
        loop.messagesPerMinute = try settings.integer(
            "RATE_LIMIT_MESSAGES_PER_MINUTE", default: 30, range: 0...100_000, unit: "messages/min (0 = no limit)",
            describe: "Messages of one user over all sockets and gateways.",
            fileKey: "chat_features.rate_limit_messages_per_minute")
        loop.reactionsPerMinute = try settings.integer(
            "RATE_LIMIT_REACTIONS_PER_MINUTE", default: 60, range: 0...100_000, unit: "reactions/min (0 = no limit)",
            describe: "Reactions that one user adds or takes back, over all sockets and gateways.",
            fileKey: "chat_features.rate_limit_reactions_per_minute")
        loop.maximumConnections = try settings.integer(
            "MAX_CONNECTIONS_PER_USER", default: 0, range: 0...10_000, unit: "sockets (0 = no cap)",
            describe: "Open sockets of one user over all gateways; the oldest are closed above it.")
        let window = try settings.duration(
            "FANOUT_JOIN_WINDOW", default: .milliseconds(4), range: .zero...(.milliseconds(50)), unit: .milliseconds,
            describe: "How long a room collects events for one write per socket, when they come faster than they leave."
        )
        loop.joinWindow = TimeAmount(window)
        return loop
    }
}
