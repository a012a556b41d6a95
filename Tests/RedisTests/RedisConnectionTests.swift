import Logging
import NIOPosix
import Redis
import TestSupport
import Testing

struct RedisConnectionTests {
    @Test("a command reaches a real server and its reply comes back")
    func roundTrip() async throws {
        let server = try await RedisServer.start()
        let connection = try await RedisConnection.connect(
            RedisConfiguration(url: server.url), on: MultiThreadedEventLoopGroup.singleton.next(),
            logger: Logger(label: "test"))
        #expect(try await connection.send(RedisCommand("SET", "a", "1")) == .status("OK"))
        #expect(try await connection.send(RedisCommand("GET", "a")).string == "1")
        await connection.close()
    }
}
