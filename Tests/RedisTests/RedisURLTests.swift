import Redis
import Testing

struct RedisURLTests {
    @Test("a host URL gives address, user, password and database")
    func host() throws {
        let all = try RedisConfiguration(url: "redis://us%3Aer:p%40ss:w@example.test:7000/3")
        #expect(all.address == .host("example.test", port: 7000))
        #expect(all.user == "us:er")
        #expect(all.password == "p@ss:w")
        #expect(all.database == 3)
        #expect(all.tls == nil)

        let least = try RedisConfiguration(url: "redis://")
        #expect(least.address == .host("localhost", port: 6379))
        #expect(least.password == nil)
        #expect(try RedisConfiguration(url: "redis://:secret@h").password == "secret")
        #expect(try RedisConfiguration(url: "redis://[::1]:7001/").address == .host("::1", port: 7001))
        #expect(try RedisConfiguration(url: "redis://[::1]").address == .host("::1", port: 6379))
    }

    @Test("rediss:// asks for TLS, with the certificates of a file when one is named")
    func encrypted() throws {
        let url = try RedisConfiguration(url: "rediss://redis.test?ca_file=/etc/ca.pem")
        #expect(url.tls?.host == "redis.test")
        #expect(url.tls?.certificateAuthorityFile == "/etc/ca.pem")
    }

    @Test("a unix socket takes its options from the query")
    func unixSocket() throws {
        let url = try RedisConfiguration(url: "unix:/run/my%20redis.sock?db=2&user=u&password=p%26")
        #expect(url.address == .unixSocket("/run/my redis.sock"))
        #expect(url.database == 2)
        #expect(url.user == "u")
        #expect(url.password == "p&")
        #expect(try RedisConfiguration(url: "unix:///run/r.sock").address == .unixSocket("/run/r.sock"))
    }

    @Test(
        "what cannot be used is refused, without repeating the password",
        arguments: [
            "http://secret@h", "redis://:secret@h:0", "redis://:secret@h:70000", "redis://:secret@h:x",
            "redis://:secret@h/one", "redis://:secret%4@h", "unix:secret.sock", "redis://h?secret=1&password=secret",
        ])
    func refused(url: String) {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        guard case .invalidURL(let reason) = error else {
            Issue.record("not invalidURL")
            return
        }
        #expect(!reason.contains("secret") || reason == "unknown option secret")
    }
}
