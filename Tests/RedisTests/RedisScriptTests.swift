import NIOCore
import Redis
import TestSupport
import Testing

struct RedisScriptTests {
    private static let append = RedisScript(
        name: "append", source: "#!lua\nreturn redis.call('RPUSH', KEYS[1], ARGV[1])")
    private static let length = RedisScript(name: "length", source: "#!lua\nreturn redis.call('LLEN', KEYS[1])")
    private static let refuse = RedisScript(
        name: "refuse", source: Array("#!lua\nreturn redis.error_reply('STALE lease')".utf8))

    @Test("a script runs with its keys and arguments, and its own error is typed")
    func evaluates() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect()
        #expect(try await connection.evaluate(Self.append, keys: ["l"], arguments: ["x"]) == .integer(1))
        let second = try await server.connect()
        // Another connection to the same server, and scripts known from it: in order from the first call on.
        let results = try await second.evaluate([
            RedisScript.Call(Self.length, keys: ["l"]),
            RedisScript.Call(RedisScript(name: "new", source: "return redis.call('LPOP', KEYS[1])"), keys: ["l"]),
            RedisScript.Call(Self.append, keys: ["l"], arguments: ["x"]),
        ])
        #expect(results == [.success(.integer(1)), .success(.bulk(ByteBuffer(string: "x"))), .success(.integer(1))])
        #expect(try await connection.evaluate(Self.append, keys: ["l"], arguments: ["y"]) == .integer(2))
        let error = await failure { () throws(RedisError) in try await connection.evaluate(Self.refuse, keys: []) }
        #expect(error?.serverError == RedisServerError("STALE lease"))
    }

    @Test("after SCRIPT FLUSH, and on another server, scripts are loaded again and each call runs once, in order")
    func flushed() async throws {
        let server = try await RedisServer.start()
        let client = RedisClient(try server.configuration(), logger: logger)
        try await running(client) {
            for round in 1...3 {
                if round == 2 { try server.command("SCRIPT", "FLUSH") }
                if round == 3 {
                    try await server.restart()
                    await eventually { try await client.send(RedisCommand("PING")) == .status("PONG") }
                }
                _ = try await client.send(RedisCommand("DEL", "l"))
                let calls = (1...50).flatMap { number in
                    [
                        RedisScript.Call(Self.append, keys: ["l"], arguments: [RedisArgument(number)]),
                        RedisScript.Call(Self.length, keys: ["l"]),
                    ]
                }
                let results = try await client.evaluate(calls)
                #expect(results == (1...50).flatMap { [.success(.integer($0)), .success(.integer($0))] })
                let values = try await client.send(RedisCommand("LRANGE", "l", 0, -1)).array?.compactMap(\.int)
                #expect(values == Array(1...50))
            }
        }
    }

    @Test("of a pipeline with one script missing, only its calls are repeated")
    func partlyFlushed() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect()
        _ = try await connection.evaluate(Self.append, keys: ["l"], arguments: [0])
        _ = try await connection.evaluate(Self.length, keys: ["l"])
        try server.command("SCRIPT", "FLUSH")
        try server.command("SCRIPT", "LOAD", "#!lua\nreturn redis.call('LLEN', KEYS[1])")
        let results = try await connection.evaluate([
            RedisScript.Call(Self.length, keys: ["l"]),
            RedisScript.Call(Self.append, keys: ["l"], arguments: [1]),
            RedisScript.Call(Self.length, keys: ["l"]),
        ])
        // The last call is not repeated: it ran when the missing one did not.
        #expect(results == [.success(.integer(1)), .success(.integer(2)), .success(.integer(1))])
    }

    @Test("a script that cannot be compiled fails, and nothing hangs")
    func broken() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect()
        let script = RedisScript(name: "broken", source: "#!lua\nreturn (")
        let error = await failure { () throws(RedisError) in try await connection.evaluate(script, keys: []) }
        #expect(error?.serverError?.code == "ERR")
        #expect(try await connection.send(RedisCommand("PING")) == .status("PONG"))
    }

    @Test("without a connection all calls fail with it")
    func closed() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect()
        await connection.close()
        let results = try await connection.evaluate([RedisScript.Call(Self.length, keys: ["l"])])
        #expect(results == [.failure(.connectionClosed(mayHaveRun: false))])
    }
}
