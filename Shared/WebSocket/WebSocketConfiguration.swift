/// The limits and deadlines of one WebSocket server.
public struct WebSocketConfiguration: Sendable {
    /// The longest payload of one frame, and of one message put together from fragments, in bytes.
    /// More is answered with close code 1009 before the payload has arrived.
    public var maximumMessageBytes = 65_536

    /// The bytes that may wait for a reader before its socket is closed with code 1013. Nothing is ever dropped.
    public var outboundLimitBytes = 1 << 20

    /// The pause between two pings. A peer from which nothing came for a whole pause after a ping is gone.
    public var pingInterval: Duration = .seconds(30)

    /// How long a connection may take until the head of its first request has arrived.
    public var openingTimeout: Duration = .seconds(10)

    /// How long the peer may take to answer a close frame before the TCP connection is closed.
    public var closingTimeout: Duration = .seconds(3)

    /// The longest head of an upgrade request, in bytes. More is answered with status 431.
    public var maximumHeadBytes = 16_384

    /// Origins from which a browser may connect, as it writes them: `https://chat.example.com`.
    /// An origin that names the host of the request itself is always allowed, and so is a request without one:
    /// it does not come from a browser, and still needs credentials.
    public var allowedOrigins: [String] = []

    /// The paths that are WebSockets; every other request goes to the HTTP server.
    public var paths: Set<String> = ["/ws"]

    /// Whether bytes may be handed to the kernel directly when nothing waits in the channel.
    public var writesDirectly = true

    public init() {}
}

/// Close codes of RFC 6455 §7.4.1 that this server sends.
public enum WebSocketCloseCode {
    /// The purpose was fulfilled.
    public static let normal: UInt16 = 1000
    /// The server is going away; connect again.
    public static let goingAway: UInt16 = 1001
    /// The peer broke the protocol.
    public static let protocolError: UInt16 = 1002
    /// The peer sent a kind of data that is not accepted: binary.
    public static let unsupportedData: UInt16 = 1003
    /// Text that is not UTF-8.
    public static let invalidText: UInt16 = 1007
    /// The peer broke a rule of the application.
    public static let policy: UInt16 = 1008
    /// A frame or message above the limit.
    public static let tooBig: UInt16 = 1009
    /// The reader was too slow; connect again and resume.
    public static let tryAgainLater: UInt16 = 1013
}

/// Why a connection had to be failed: the close code and a short reason for the peer's log.
public struct WebSocketViolation: Error, Equatable, Sendable {
    /// The close code, one of ``WebSocketCloseCode``.
    public let code: UInt16
    /// At most 123 bytes, the room that a close frame has.
    public let reason: String

    init(_ code: UInt16, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}
