import Logging
import NIOPosix
import TestSupport
import Testing

@testable import Redis

/// `WRONGTYPE` alone helps nobody: the key stands in the error.
@Suite(.timeLimit(.minutes(1)))
struct KeyedErrorTests {
    @Test("a command, a pipeline and a script that meet a wrong type name the key")
    func named() async throws {
        let server = try await RedisServer.start()
        let connection = try await RedisConnection.connect(
            try RedisConfiguration(url: server.url), on: MultiThreadedEventLoopGroup.singleton.any(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try server.command("SET", "poison", "x")
        let read = RedisCommand("HGET", "poison", "a")
        #expect(try await Self.text { _ = try await connection.send(read) }.hasSuffix("; key poison"))
        let both = try await connection.pipeline([RedisCommand("GET", "poison"), read])
        #expect(try both[0].get().string == "x")
        #expect(try await Self.text { _ = try both[1].get() }.hasSuffix("; key poison"))
        let group: [RedisArgument] = ["GROUP", "g", "c", "STREAMS", "poison", "fine", ">", ">"]
        #expect(RedisCommand("XREADGROUP", group).keys == ["poison", "fine"])
        #expect(RedisCommand("XGROUP", "CREATE", "poison", "g", "0").keys == ["poison"])

        let script = RedisScript(name: "test", source: "return redis.call('HGET', KEYS[2], 'a')")
        let results = try await connection.evaluate([RedisScript.Call(script, keys: ["other", "poison"])])
        #expect(try await Self.text { _ = try results[0].get() }.hasSuffix("; one of the keys other, poison"))
        await connection.close()
    }

    private static func text(_ body: () async throws -> Void) async throws -> String {
        do { try await body() } catch let error as RedisError {
            #expect(error.serverError?.kind == .wrongType)
            return error.serverError?.message ?? ""
        }
        return "nothing was refused"
    }
}
