import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import WebSocket

/// Over real sockets.
struct WebSocketServerTests {
    @Test("messages are echoed, in both write paths", arguments: [true, false])
    func echo(writesDirectly: Bool) async throws {
        let server = try await TestServer.start { $0.writesDirectly = writesDirectly }
        let client = try await server.client()
        for length in [1, 125, 126, 60_000] {
            let text = String(repeating: "é", count: length / 2) + "."
            client.send(text)
            #expect(try await client.nextText(containing: ".") == text)
        }
        client.sendFrame(opcode: 9, payload: Array("are you there".utf8))
        _ = try await client.next("a pong") { $0 == .pong }
        client.sendFrame(opcode: 8, payload: [0x0F, 0xA1])
        #expect(try await client.closeCode() == 4001)
        try await server.stop()
    }

    @Test("a message in one-byte pieces arrives whole")
    func pieces() async throws {
        let server = try await TestServer.start()
        let client = try await server.client()
        for byte in clientFrame(1, Array("slowly".utf8)) {
            client.sendRaw([byte])
            try await client.channel.eventLoop.submit {}.get()
        }
        #expect(try await client.nextText(containing: "slowly") == "slowly")
        try await server.stop()
    }

    @Test(
        "a broken client hears the code and loses only its own connection",
        arguments: [
            (clientFrame(1, [65], mask: nil), 1002), (clientFrame(1, [0xFF]), 1007), (clientFrame(2, [1]), 1003),
            (clientFrame(1, [UInt8](repeating: 65, count: 1 << 20)), 1009),
        ])
    func broken(bytes: [UInt8], code: Int) async throws {
        let server = try await TestServer.start()
        let (client, other) = (try await server.client(), try await server.client())
        client.sendRaw(bytes)
        #expect(try await client.nextText(containing: "violated") == "violated \(code)")
        #expect(try await client.closeCode() == code)
        other.send("still here")
        #expect(try await other.nextText(containing: "still") == "still here")
        try await server.stop()
    }

    @Test("REST and sockets share the port, and a kept connection serves several requests")
    func onePort() async throws {
        let server = try await TestServer.start()
        let connection = try await RawHTTP.connect(port: server.port)
        for _ in 1...3 {
            connection.forget()
            connection.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            await eventually { connection.received.hasSuffix("hello") }
        }
        connection.forget()
        connection.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")
        await eventually { connection.received.hasSuffix("body") }
        try await connection.channel.close().get()
        try await server.stop()
    }

    @Test("a request that arrives byte by byte is served like any other")
    func slowRequest() async throws {
        let server = try await TestServer.start()
        let connection = try await RawHTTP.connect(port: server.port)
        for character in "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".unicodeScalars {
            connection.send(String(character))
            try await connection.channel.eventLoop.submit {}.get()
        }
        await eventually { connection.isEnded }
        #expect(connection.received.hasSuffix("hello"))
        try await server.stop()
    }

    // MARK: The traps of upgrading

    @Test("trap 1: an Upgrade that is not ours does not swallow the request")
    func otherUpgrade() async throws {
        let server = try await TestServer.start()
        for upgrade in ["h2c", "websocket", "TLS/1.0"] {
            let answer = try await RawHTTP.request(
                "GET", "/hello", port: server.port, fields: ["Upgrade": upgrade, "Connection": "Upgrade"])
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            #expect(answer.hasSuffix("hello"))
        }
        let connection = try await RawHTTP.connect(port: server.port)
        connection.send("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n")
        await eventually { connection.isEnded }
        #expect(connection.received.hasPrefix("HTTP/1.1 426"))
        try await server.stop()
    }

    @Test("trap 1: a refused upgrade is answered with its reason, and the connection ends")
    func refused() async throws {
        var behaviour = TestServer.Behaviour()
        behaviour.admit = { _ in WebSocketRefusal(status: 401, code: "not_authenticated", message: "Who?") }
        let server = try await TestServer.start(behaviour)
        await #expect(throws: WebSocketTestClient.Refused.self) { try await server.client() }
        let connection = try await RawHTTP.connect(port: server.port)
        connection.send(Self.handshake())
        await eventually { connection.isEnded }
        #expect(connection.received.hasPrefix("HTTP/1.1 401 Unauthorized\r\n"))
        #expect(connection.received.contains("Connection: close"))
        #expect(connection.received.hasSuffix("{\"error\":\"Who?\",\"code\":\"not_authenticated\"}"))
        try await server.stop()
    }

    @Test("trap 2: an upgrade request with a body is refused and its connection closed")
    func upgradeWithBody() async throws {
        let server = try await TestServer.start()
        for field in ["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"] {
            let connection = try await RawHTTP.connect(port: server.port)
            connection.send(Self.handshake(field) + "hello")
            await eventually { connection.isEnded }
            #expect(connection.received.hasPrefix("HTTP/1.1 400"))
        }
        try await server.stop()
    }

    @Test(
        "trap 2: a connection that never sends a whole request is closed",
        arguments: ["", "GET /h", "GET /ws HTTP/1.1\r\nHo"])
    func neverAsks(text: String) async throws {
        let server = try await TestServer.start { $0.openingTimeout = .milliseconds(200) }
        let connection = try await RawHTTP.connect(port: server.port)
        connection.send(text)
        await eventually { connection.isEnded }
        #expect(connection.received.isEmpty)
        try await server.stop()
    }

    @Test("a head without end is refused before it fills the memory")
    func longHead() async throws {
        let server = try await TestServer.start()
        let connection = try await RawHTTP.connect(port: server.port)
        connection.send("GET /ws HTTP/1.1\r\nX: " + String(repeating: "a", count: 20_000))
        await eventually { connection.isEnded }
        #expect(connection.received.hasPrefix("HTTP/1.1 431"))
        try await server.stop()
    }

    @Test("trap 3: a second request of a connection cannot upgrade and is told so")
    func lateUpgrade() async throws {
        let server = try await TestServer.start(idleTimeout: .seconds(3))
        let connection = try await RawHTTP.connect(port: server.port)
        connection.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        await eventually { connection.received.hasSuffix("hello") }
        connection.forget()
        connection.send(Self.handshake())
        await eventually { connection.received.hasPrefix("HTTP/1.1 426") }
        // Its decoder has stopped at the upgrade; the idle timeout ends the connection.
        await eventually { connection.isEnded }
        try await server.stop()
    }

    @Test("trap 4: on shutdown every socket hears 1001, and the server ends")
    func shutdown() async throws {
        let server = try await TestServer.start()
        var clients: [WebSocketTestClient] = []
        for _ in 1...5 { clients.append(try await server.client()) }
        let idle = try await RawHTTP.connect(port: server.port)
        try await server.stop()
        for client in clients { #expect(try await client.closeCode() == 1001) }
        await eventually { idle.isEnded }
    }

    @Test("trap 4: a client that only closes its sending side is closed")
    func halfClosed() async throws {
        let gone = NIOLockedValueBox(false)
        var behaviour = TestServer.Behaviour()
        behaviour.closed = { gone.withLockedValue { $0 = true } }
        let server = try await TestServer.start(behaviour)
        let client = try await server.client()
        try await client.channel.close(mode: .output).get()
        await eventually { gone.withLockedValue { $0 } }
        try await server.stop()
    }

    @Test("trap 5: the pipeline holds one handler of ours after the upgrade, and none of HTTP")
    func oneHandler() async throws {
        let server = try await TestServer.start()
        let client = try await server.client()
        let connection = try #require(server.connections.withLockedValue { $0.first })
        let description = try await connection.eventLoop.submit {
            connection.channel.map { "\($0.pipeline)" } ?? ""
        }.get()
        #expect(description.contains("WebSocketConnection"))
        #expect(!description.contains("HTTP"))
        #expect(!description.contains("OpeningHandler"))
        #expect(!description.contains("NIOAsync"))
        await client.abort()
        try await server.stop()
    }

    // MARK: Deadlines

    @Test("a client that does not answer pings is closed; one that does stays")
    func pings() async throws {
        let server = try await TestServer.start { $0.pingInterval = .seconds(1) }
        let silent = try await server.client()
        silent.send("a")
        try await silent.stopReading()  // so it neither sees a ping nor answers one
        let lively = try await server.client()
        lively.send("a")
        _ = try await lively.next("a ping") { $0 == .ping }
        await eventually { server.connections.withLockedValue { $0 }.first?.isOpenNow() == false }
        lively.send("b")
        #expect(try await lively.nextText(containing: "b") == "b")
        try await server.stop()
    }

    @Test("a client that never says anything is closed with 1008")
    func unused() async throws {
        let server = try await TestServer.start { $0.pingInterval = .seconds(2) }
        let client = try await server.client()
        #expect(try await client.closeCode(within: .seconds(30)) == 1008)
        try await server.stop()
    }

    static func handshake(_ fields: String = "") -> String {
        "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\(fields)\r\n"
    }
}
