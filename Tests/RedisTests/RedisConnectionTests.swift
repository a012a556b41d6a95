import NIOCore
import Redis
import TestSupport
import Testing

struct RedisConnectionTests {
    @Test("a command reaches a real server and its reply comes back, any bytes included")
    func roundTrip() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect()
        let bytes = (0...255).map { UInt8($0) } + Array("\r\n$5\r\n".utf8)
        #expect(try await connection.send(RedisCommand("SET", "a", RedisArgument(bytes))) == .status("OK"))
        #expect(try await connection.send(RedisCommand("GET", "a")).buffer == ByteBuffer(bytes: bytes))
        #expect(try await connection.send(RedisCommand("SET", "", "")) == .status("OK"))
        #expect(try await connection.send(RedisCommand("GET", "")).string == "")
        #expect(try await connection.send(RedisCommand("GET", "none")).isNull)
        #expect(try await connection.send(RedisCommand("INCRBY", "n", 41)) == .integer(41))
        _ = try await connection.send(RedisCommand("HSET", "h", "f", 1, "g", "two"))
        let map = try await connection.send(RedisCommand("HGETALL", "h")).map()
        #expect(map["f"]?.int == 1)
        #expect(map["g"]?.string == "two")
        await connection.close()
        #expect(!connection.isActive)
    }

    @Test("a pipeline keeps the order and gives error replies in their places")
    func pipeline() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect()
        var commands = (0..<2_000).map { RedisCommand("ECHO", RedisArgument($0)) }
        commands[700] = RedisCommand("INCR")
        let results = try await connection.pipeline(commands)
        #expect(results.count == 2_000)
        for (index, result) in results.enumerated() where index != 700 {
            #expect(try result.get().int == index)
        }
        guard case .failure(.server(let error)) = results[700] else {
            Issue.record("no error")
            return
        }
        #expect(error.code == "ERR")
        #expect(try await connection.pipeline([]).isEmpty)
    }

    @Test("single commands sent at once from many tasks each get their own reply")
    func manyTasks() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect()
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<500 {
                group.addTask {
                    (try? await connection.send(RedisCommand("ECHO", RedisArgument(number))).int) == number
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test("whoever hears of a reply can send the next command at once, also when it failed")
    func fromCallbacks() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect {
            $0.commandTimeout = .milliseconds(200)
            $0.silenceTimeout = .seconds(60)
        }
        let chained: EventLoopFuture<RedisValue> = connection.send(RedisCommand("INCR", "n").timeout(.seconds(20)))
            .flatMap { _ in
                connection.pipeline([RedisCommand("INCR", "n").timeout(.seconds(20))]).flatMap { _ in
                    connection.send(RedisCommand("INCR", "n").timeout(.seconds(20)))
                }
            }
        #expect(try await chained.get() == .integer(3))

        server.pause()
        let late: EventLoopFuture<RedisValue> = connection.send(RedisCommand("PING")).flatMapError { _ in
            server.resume()
            return connection.send(RedisCommand("ECHO", "late").timeout(.seconds(20)))
        }
        #expect(try await late.get().string == "late")

        let closed: EventLoopFuture<RedisValue> = connection.send(RedisCommand("BLPOP", "l", 0).timeout(.seconds(20)))
            .flatMapError { _ in
                connection.send(RedisCommand("ECHO", "never"))
            }
        async let close: Void = connection.close()
        await #expect(throws: RedisError.connectionClosed(mayHaveRun: false)) { try await closed.get() }
        await close
    }

    @Test("an error reply of a single command is thrown, typed")
    func errorReply() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect()
        _ = try await connection.send(RedisCommand("SET", "text", "x"))
        let error = await failure(of: RedisCommand("LPUSH", "text", "y"), on: connection)
        #expect(error?.serverError?.kind == .wrongType)
        #expect(error?.isRetryable == false)
    }

    @Test("another life of the server has another run id")
    func runID() async throws {
        let server = try await RedisServer.start()
        let first = try await server.connect()
        let second = try await server.connect()
        #expect(first.runID == second.runID)
        #expect(first.runID.count == 40)
        try await server.restart()
        #expect(try await server.connect().runID != first.runID)
    }

    @Test("the database of the URL is selected, and the connection has its name")
    func database() async throws {
        let server = try await RedisServer.start()
        let third = try await RedisConnection.connect(
            RedisConfiguration(url: server.url + "?db=3"), on: loop, logger: logger)
        _ = try await third.send(RedisCommand("SET", "only-here", 1))
        #expect(try await server.connect().send(RedisCommand("EXISTS", "only-here")) == .integer(0))
        #expect(try await third.send(RedisCommand("CLIENT", "GETNAME")).string == "squad-chat")
    }

    @Test("user and password sign in, over TCP and over the unix socket; a wrong one is told apart")
    func authentication() async throws {
        let server = try await RedisServer.start(arguments: ["--requirepass", "pa:ss@word/ü"], port: freePort())
        let right = "pa%3Ass%40word%2F%C3%BC"
        for url in [
            "redis://:\(right)@127.0.0.1:\(server.port)", "redis://default:\(right)@localhost:\(server.port)/1",
            server.url + "?password=\(right)",
        ] {
            let connection = try await RedisConnection.connect(
                RedisConfiguration(url: url), on: loop, logger: logger)
            #expect(try await connection.send(RedisCommand("PING")) == .status("PONG"))
        }
        for url in ["redis://:wrong@127.0.0.1:\(server.port)", server.tcpURL] {
            let configuration = try RedisConfiguration(url: url)
            let error = await failure { () throws(RedisError) in
                try await RedisConnection.connect(configuration, on: loop, logger: logger)
            }
            #expect(error?.serverError?.kind == .authentication)
        }
    }

    @Test("where nobody listens, connecting fails as not connected")
    func nobody() async throws {
        let configuration = try RedisConfiguration(url: "redis://127.0.0.1:\(freePort())")
        let error = await failure { () throws(RedisError) in
            try await RedisConnection.connect(configuration, on: loop, logger: logger)
        }
        #expect(error == .notConnected)
    }
}
