import Testing

@testable import WebSocket

struct HandshakeTests {
    private static let lines = [
        "GET /ws HTTP/1.1", "Host: chat.example:5000", "Upgrade: websocket", "Connection: keep-alive, Upgrade",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]

    private func request(_ lines: [String]) throws -> WebSocketRequest {
        try #require(WebSocketRequest(parsing: Array(lines.joined(separator: "\r\n").utf8)))
    }

    private func status(_ lines: [String], allowedOrigins: [String] = []) throws -> Int {
        do {
            _ = try Handshake.check(try self.request(lines), allowedOrigins: allowedOrigins)
            return 101
        } catch let refusal as WebSocketRefusal {
            return refusal.status
        }
    }

    @Test("the key of RFC 6455 §1.3 is accepted as that section says")
    func accept() throws {
        let accept = try Handshake.check(try self.request(Self.lines), allowedOrigins: [])
        #expect(accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test(
        "SHA-1 gives the digests of FIPS 180",
        arguments: [
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"), ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
            ),
        ])
    func digests(message: String, digest: String) {
        let hexadecimal = SHA1.digest(Array(message.utf8)).map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }
        #expect(hexadecimal.joined() == digest)
    }

    @Test(
        "what is no handshake is refused with its status",
        arguments: [
            (0, "POST /ws HTTP/1.1", 405), (1, "X-Nothing: 1", 400), (2, "Upgrade: h2c", 426),
            (3, "Connection: close", 426), (4, "Sec-WebSocket-Version: 8", 426), (5, "Sec-WebSocket-Key: short", 400),
            (1, "Host: a\r\nHost: b", 400), (1, "Host: a\r\nContent-Length: 1", 400),
            (1, "Host: a\r\nTransfer-Encoding: chunked", 400),
        ])
    func refused(index: Int, line: String, status: Int) throws {
        var lines = Self.lines
        lines[index] = line
        #expect(try self.status(lines) == status)
    }

    @Test(
        "only our own origin and listed ones may connect",
        arguments: [
            ("http://chat.example:5000", 101), ("https://CHAT.example:5000", 101), ("https://other.example", 101),
            ("http://chat.example", 403), ("https://evil.example", 403), ("null", 403), ("", 403),
            ("http://chat.example:5000.evil.example", 403),
        ])
    func origins(origin: String, status: Int) throws {
        #expect(
            try self.status(Self.lines + ["Origin: \(origin)"], allowedOrigins: ["https://other.example"]) == status)
    }

    @Test(
        "doubtful heads are no heads",
        arguments: [
            "GET /ws HTTP/1.0", "GET  /ws HTTP/1.1", "GET ws HTTP/1.1", "GET /ws HTTP/1.1\r\n folded: x",
            "GET /ws HTTP/1.1\r\nName : x", "GET /ws HTTP/1.1\r\nno colon", "GET /ws HTTP/1.1\r\n: x",
            "GET /ws HTTP/1.1\r\nA: b\nC: d", "GET /ws HTTP/1.1\r\nA: b\u{0}", "",
        ])
    func malformed(head: String) {
        #expect(WebSocketRequest(parsing: Array(head.utf8)) == nil)
    }
}
