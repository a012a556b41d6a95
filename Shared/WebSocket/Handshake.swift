/// An answer other than 101: status, and what the JSON body says.
public struct WebSocketRefusal: Error, Equatable, Sendable {
    /// The HTTP status.
    public let status: Int
    /// A word for programs.
    public let code: String
    /// A sentence for people.
    public let message: String
    /// Further header fields.
    public let fields: [String: String]

    public init(status: Int, code: String, message: String, fields: [String: String] = [:]) {
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields
    }
}

/// The opening handshake of RFC 6455 §4.2, without I/O.
enum Handshake {
    /// Checks a request for a WebSocket.
    ///
    /// - Returns: The value of `Sec-WebSocket-Accept`.
    /// - Throws: What to answer instead; the connection must be closed after it.
    static func check(
        _ request: WebSocketRequest, allowedOrigins: [String]
    ) throws(WebSocketRefusal) -> String {
        guard request.method == "GET" else {
            throw WebSocketRefusal(
                status: 405, code: "method_not_allowed", message: "A WebSocket is asked for with GET.",
                fields: ["Allow": "GET"])
        }
        guard request["host"] != nil, request.fields.filter({ $0.name == "host" }).count == 1 else {
            throw WebSocketRefusal(status: 400, code: "bad_request", message: "One Host field is needed.")
        }
        guard request["content-length"] ?? "0" == "0", request["transfer-encoding"] == nil else {
            throw WebSocketRefusal(status: 400, code: "bad_request", message: "An upgrade request has no body.")
        }
        guard request.has("websocket", in: "upgrade"), request.has("upgrade", in: "connection") else {
            throw WebSocketRefusal(
                status: 426, code: "upgrade_required", message: "This address speaks WebSocket only.",
                fields: ["Upgrade": "websocket"])
        }
        guard request["sec-websocket-version"] == "13" else {
            throw WebSocketRefusal(
                status: 426, code: "upgrade_required", message: "WebSocket version 13 is needed.",
                fields: ["Upgrade": "websocket", "Sec-WebSocket-Version": "13"])
        }
        guard let key = request["sec-websocket-key"], Self.isKey(key) else {
            throw WebSocketRefusal(
                status: 400, code: "bad_request", message: "Sec-WebSocket-Key must be 16 bytes in base64.")
        }
        if let origin = request["origin"], !OriginRule.allows(origin, host: request["host"], allowedOrigins) {
            throw WebSocketRefusal(
                status: 403, code: "forbidden", message: "This origin may not connect; see ALLOWED_ORIGINS.")
        }
        return Self.accept(key)
    }

    static func accept(_ key: String) -> String {
        self.base64(SHA1.digest(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }

    private static func isKey(_ key: String) -> Bool {
        key.utf8.count == 24 && key.hasSuffix("==") && key.utf8.dropLast(2).allSatisfy { self.alphabet.contains($0) }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static func base64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let value = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for digit in 0..<4 {
                let isPadding = digit > group.count
                let sextet = Int(value >> UInt32(18 - 6 * digit)) & 0x3F
                text.append(isPadding ? UInt8(ascii: "=") : self.alphabet[sextet])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
