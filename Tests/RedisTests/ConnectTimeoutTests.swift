import Testing

@testable import Redis

struct ConnectTimeoutTests {
    @Test("connecting and greeting share one limit, and who was let in late still has a moment")
    func shared() throws {
        var configuration = try RedisConfiguration(url: "redis://h")
        #expect(configuration.connectTimeout <= .seconds(1), "a server that is back is found within a second")
        configuration.connectTimeout = .seconds(1)
        #expect(configuration.greetingTimeout(connectedAfter: .zero) == .seconds(1))
        #expect(configuration.greetingTimeout(connectedAfter: .milliseconds(300)) == .milliseconds(700))
        #expect(configuration.greetingTimeout(connectedAfter: .milliseconds(990)) == .milliseconds(100))
        #expect(configuration.greetingTimeout(connectedAfter: .seconds(9)) == .milliseconds(100))
    }

    @Test("nobody waits longer than half a second before the next attempt")
    func wait() throws {
        let reconnect = try RedisConfiguration(url: "redis://h").reconnect
        #expect(reconnect.delay(afterAttempt: 90, random: 0.999) < .milliseconds(500))
    }
}
