import NIOConcurrencyHelpers
import NIOCore
import Redis
import TestSupport
import Testing

struct RedisClientTests {
    @Test("commands sent before the first connection wait for it")
    func waits() async throws {
        let server = try await RedisServer.start()
        let client = RedisClient(try server.configuration(), logger: logger)
        #expect(client.current == nil)
        let early: EventLoopFuture<RedisValue> = client.send(RedisCommand("ECHO", "early"))
        try await running(client) {
            let reply = try await early.get()
            #expect(reply.string == "early")
            #expect(client.current != nil)
        }
    }

    @Test("commands that waited for a connection run in the order in which they were sent")
    func waitersInOrder() async throws {
        let server = try await RedisServer.start()
        let client = RedisClient(try server.configuration(), logger: logger)
        let numbers = (0..<100).map(String.init)
        let replies: [EventLoopFuture<RedisValue>] = numbers.map {
            client.send(RedisCommand("RPUSH", "list", RedisArgument($0)))
        }
        try await running(client) {
            for reply in replies { _ = try await reply.get() }
            let list = try await client.send(RedisCommand("LRANGE", "list", 0, -1)).array ?? []
            #expect(list.map(\.string) == numbers)
        }
    }

    @Test("without a server a command fails as not connected, within its time limit")
    func notConnected() async throws {
        let client = RedisClient(
            try RedisConfiguration(url: "redis://127.0.0.1:\(freePort())"), logger: logger)
        try await running(client) {
            let error = await failure(of: RedisCommand("PING").timeout(.milliseconds(100)), on: client)
            #expect(error == .notConnected)
        }
    }

    @Test("after a kill and a restart the client is back, and every hook ran for each connection")
    func restart() async throws {
        let server = try await RedisServer.start(appendOnly: true)
        let client = RedisClient(try server.configuration(), logger: logger)
        let seen = NIOLockedValueBox<[String]>([])
        client.onConnect { connection in
            let pong = try? await connection.send(RedisCommand("PING")).string
            seen.withLockedValue { $0.append("\(connection.runID) \(pong ?? "")") }
        }
        try await running(client) {
            _ = try await client.send(RedisCommand("SET", "a", 1))
            let first = try await client.connection(for: "key")
            await eventually { seen.withLockedValue { $0.count } == 1 }
            server.kill()
            await eventually { client.current == nil }
            try await server.launch()
            #expect(try await client.send(RedisCommand("GET", "a")).int == 1)
            let second = try await client.connection(for: "key")
            #expect(first.runID != second.runID)
            await eventually { seen.withLockedValue { $0 } == ["\(first.runID) PONG", "\(second.runID) PONG"] }
        }
    }

    @Test("under load and kills no command is repeated: the count lies between what was confirmed and what was tried")
    func neverRepeats() async throws {
        let server = try await RedisServer.start(appendOnly: true)
        let client = RedisClient(try server.configuration { $0.commandTimeout = .seconds(20) }, logger: logger)
        try await running(client) {
            let isOver = NIOLockedValueBox(false)
            let counts = try await withThrowingTaskGroup(of: (confirmed: Int, unknown: Int).self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        var counts = (confirmed: 0, unknown: 0)
                        while !isOver.withLockedValue({ $0 }) {
                            let error = await failure(of: RedisCommand("INCR", "n"), on: client)
                            switch error {
                            case nil: counts.confirmed += 1
                            case .connectionClosed(mayHaveRun: false), .notConnected: break
                            default: counts.unknown += 1
                            }
                        }
                        return counts
                    }
                }
                for round in 1...4 {
                    await eventually { try await client.send(RedisCommand("GET", "n")).int ?? 0 > round * 200 }
                    try await server.restart()
                }
                isOver.withLockedValue { $0 = true }
                return try await group.reduce(into: (confirmed: 0, unknown: 0)) {
                    $0.confirmed += $1.confirmed
                    $0.unknown += $1.unknown
                }
            }
            let total = try #require(try await client.send(RedisCommand("GET", "n")).int)
            #expect(counts.confirmed > 800)
            #expect(total >= counts.confirmed)
            #expect(total <= counts.confirmed + counts.unknown)
        }
    }

    @Test("a dedicated connection blocks alone")
    func dedicated() async throws {
        let server = try await RedisServer.start()
        let client = RedisClient(try server.configuration(), logger: logger)
        try await running(client) {
            let connection = try await client.dedicated(for: "key")
            let blocked: EventLoopFuture<RedisValue> = connection.send(
                RedisCommand("BLPOP", "list", 0).timeout(.seconds(20)))
            #expect(try await client.send(RedisCommand("RPUSH", "list", "x")) == .integer(1))
            #expect(try await blocked.get().array?.last?.string == "x")
            await connection.close()
        }
    }

    @Test("the end of the service ends the connection and every wait")
    func stops() async throws {
        let server = try await RedisServer.start()
        let client = RedisClient(try server.configuration(), logger: logger)
        let connection = try await running(client) { try await client.connection(for: "key") }
        await eventually { !connection.isActive }
        await eventually { client.current == nil }
        let error = await failure(of: RedisCommand("PING").timeout(.seconds(60)), on: client)
        #expect(error == .notConnected)
    }
}
