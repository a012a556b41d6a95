import NIOCore
import Redis
import TestSupport
import Testing

struct RedisTLSTests {
    /// A server that speaks TLS with a certificate that nobody else trusts.
    private func server(certificateNames: String) async throws -> (RedisServer, port: Int, certificate: String) {
        let directory = try temporaryDirectory()
        let certificate = directory + "/certificate.pem"
        let openssl = try ChildProcess([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", directory + "/key.pem", "-out", certificate, "-days", "2", "-subj", "/CN=redis",
            "-addext", "subjectAltName=\(certificateNames)",
        ])
        try #require(await openssl.exit(within: .seconds(30)) == 0)
        let port = try freePort()
        let server = try await RedisServer.start(arguments: [
            "--tls-port", "\(port)", "--tls-cert-file", certificate, "--tls-key-file", directory + "/key.pem",
            "--tls-auth-clients", "no", "--requirepass", "secret",
        ])
        return (server, port, certificate)
    }

    private func connect(_ url: String) async throws(RedisError) -> RedisConnection {
        try await RedisConnection.connect(try RedisConfiguration(url: url), on: loop, logger: logger)
    }

    @Test("rediss:// speaks TLS to a server whose certificate is trusted, by name and by address")
    func trusted() async throws {
        let (server, port, certificate) = try await self.server(certificateNames: "DNS:localhost,IP:127.0.0.1")
        for host in ["localhost", "127.0.0.1"] {
            let connection = try await self.connect("rediss://:secret@\(host):\(port)/2?ca_file=\(certificate)")
            let large = String(repeating: "x", count: 3_000_000)
            #expect(try await connection.send(RedisCommand("ECHO", RedisArgument(large))).string == large)
            await connection.close()
        }
        server.stop()
    }

    @Test("a certificate that is not trusted, or names another host, is refused")
    func untrusted() async throws {
        let (server, port, certificate) = try await self.server(certificateNames: "DNS:elsewhere.test")
        for url in ["rediss://:secret@localhost:\(port)", "rediss://:secret@localhost:\(port)?ca_file=\(certificate)"] {
            let error = await failure { () throws(RedisError) in try await self.connect(url) }
            // Which of the two depends on how soon the handshake fails; the log says why.
            switch error {
            case .notConnected, .connectionClosed: break
            default: Issue.record("not refused: \(String(describing: error))")
            }
        }
        server.stop()
    }

    @Test("subscriptions work over TLS")
    func subscriptions() async throws {
        let (server, port, certificate) = try await self.server(certificateNames: "DNS:localhost")
        let events = SubscriberEvents()
        let subscriber = RedisSubscriber(
            try RedisConfiguration(url: "rediss://:secret@localhost:\(port)?ca_file=\(certificate)"), logger: logger,
            eventLoop: loop, delegate: events)
        try await running(subscriber) {
            try await subscriber.subscribe(.sharded("a")).get()
            let publisher = try await RedisConnection.connect(
                RedisConfiguration(url: server.url + "?password=secret"), on: loop, logger: logger)
            #expect(try await publisher.send(RedisCommand("SPUBLISH", "a", "x")) == .integer(1))
            await eventually { events.all.last == "a= x" }
        }
    }
}
