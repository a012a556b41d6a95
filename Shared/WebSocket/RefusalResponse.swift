import NIOCore

/// The HTTP answer to a request that did not become a WebSocket; the connection ends after it.
enum RefusalResponse {
    static func bytes(_ refusal: WebSocketRefusal) -> ByteBuffer {
        let body = "{\"error\":\(Self.quoted(refusal.message)),\"code\":\(Self.quoted(refusal.code))}"
        var head = "HTTP/1.1 \(refusal.status) \(Self.phrase(refusal.status))\r\n"
        for (name, value) in refusal.fields.sorted(by: { $0.key < $1.key }) { head += "\(name): \(value)\r\n" }
        head += "Connection: close\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
        head += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n"
        return ByteBuffer(string: head + body)
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\u{0}"..."\u{1F}": quoted += " "
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func phrase(_ status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 405: "Method Not Allowed"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 503: "Service Unavailable"
        default: "Refused"
        }
    }
}
