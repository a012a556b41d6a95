import NIOCore
import Redis
import TestSupport
import Testing

struct RedisLimitsTests {
    @Test("a reply above 100 MB is refused with a clear error, and the client goes on with a new connection")
    func hugeReply() async throws {
        let server = try await RedisServer.start()
        let client = RedisClient(try server.configuration(), logger: logger)
        try await running(client) {
            let first = try await client.connection(for: "key")
            _ = try await client.send(RedisCommand("SETRANGE", "huge", 100_000_000, "x"))
            _ = try await client.send(RedisCommand("SETRANGE", "large", 40_000_000, "x"))

            #expect(try await client.send(RedisCommand("GET", "large")).buffer?.readableBytes == 40_000_001)
            let error = await failure(of: RedisCommand("GET", "huge"), on: client)
            #expect(error == .protocolViolation("a reply of more than 100000000 bytes"))
            #expect(!first.isActive)
            #expect(try await client.send(RedisCommand("PING")) == .status("PONG"))
        }
    }

    @Test("a large array is refused by the same limit")
    func hugeArray() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect { $0.maxReplyBytes = 1_000_000 }
        let source = "local t = {} for i = 1, tonumber(ARGV[1]) do t[i] = string.rep('x', 1000) end return t"
        let script = RedisScript(name: "large", source: source)
        #expect(try await connection.evaluate(script, keys: [], arguments: [900]).array?.count == 900)
        let error = await failure { () throws(RedisError) in
            try await connection.evaluate(script, keys: [], arguments: [2_000])
        }
        #expect(error == .protocolViolation("a reply of more than 1000000 bytes"))
    }

    @Test("while the server is paused commands time out; afterwards every reply reaches its own command")
    func paused() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect {
            $0.commandTimeout = .milliseconds(300)
            $0.silenceTimeout = .seconds(60)
        }
        server.pause()
        let single: EventLoopFuture<RedisValue> = connection.send(RedisCommand("ECHO", "a"))
        let pipeline: EventLoopFuture<[Result<RedisValue, RedisError>]> = connection.pipeline(
            (0..<10).map { RedisCommand("ECHO", RedisArgument($0)) })
        let patient: EventLoopFuture<RedisValue> = connection.send(RedisCommand("ECHO", "p").timeout(.seconds(20)))
        await #expect(throws: RedisError.timedOut) { try await single.get() }
        #expect(try await pipeline.get() == Array(repeating: .failure(.timedOut), count: 10))
        server.resume()
        #expect(try await patient.get().string == "p")
        for number in 0..<100 {
            let command = RedisCommand("ECHO", RedisArgument(number)).timeout(.seconds(20))
            #expect(try await connection.send(command).int == number)
        }
    }

    @Test("ten thousand commands that wait in vain all time out, and none shifts a later reply")
    func manyTimeouts() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect {
            $0.commandTimeout = .milliseconds(500)
            $0.silenceTimeout = .seconds(60)
        }
        server.pause()
        let futures = (0..<10_000).map { number -> EventLoopFuture<RedisValue> in
            connection.send(RedisCommand("ECHO", RedisArgument(number)))
        }
        for future in futures { await #expect(throws: RedisError.timedOut) { try await future.get() } }
        server.resume()
        let command = RedisCommand("ECHO", "after").timeout(.seconds(20))
        #expect(try await connection.send(command).string == "after")
    }

    @Test("a connection whose server stays silent is given up, and the client works again after the pause")
    func stuck() async throws {
        let server = try await RedisServer.start()
        let client = RedisClient(
            try server.configuration {
                $0.commandTimeout = .milliseconds(100)
                $0.silenceTimeout = .milliseconds(100)
                $0.connectTimeout = .milliseconds(300)
            }, logger: logger)
        try await running(client) {
            let first = try await client.connection(for: "key")
            server.pause()
            let timeout = await failure(of: RedisCommand("PING"), on: client)
            #expect(timeout == .timedOut)
            await eventually { !first.isActive }
            let refused = await failure(of: RedisCommand("PING"), on: client)
            // A stall of this machine may let the command go out over a connection that is about to be given up.
            #expect(refused == .notConnected || refused == .timedOut)
            server.resume()
            await eventually { try await client.send(RedisCommand("PING")) == .status("PONG") }
        }
    }

    @Test("a blocking command waits its own time, and what is behind it has its own limit")
    func blocked() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect {
            $0.commandTimeout = .milliseconds(200)
            $0.silenceTimeout = .seconds(60)
        }
        let blocked: EventLoopFuture<RedisValue> = connection.send(
            RedisCommand("BLPOP", "list", 0).timeout(.seconds(20)))
        let behind: EventLoopFuture<RedisValue> = connection.send(RedisCommand("PING"))
        await #expect(throws: RedisError.timedOut) { try await behind.get() }
        try server.command("RPUSH", "list", "x")
        #expect(try await blocked.get().array?.last?.string == "x")
        #expect(try await connection.send(RedisCommand("ECHO", "next").timeout(.seconds(20))).string == "next")
    }

    @Test("a connection closed by us fails what waits")
    func closed() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect()
        let blocked: EventLoopFuture<RedisValue> = connection.send(
            RedisCommand("BLPOP", "list", 0).timeout(.seconds(20)))
        await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") }
        await connection.close()
        await #expect(throws: RedisError.connectionClosed(mayHaveRun: true)) { try await blocked.get() }
        let error = await failure(of: RedisCommand("PING"), on: connection)
        #expect(error == .connectionClosed(mayHaveRun: false))
    }
}
