import NIOCore
import Redis
import TestSupport
import Testing

struct StreamTests {
    @Test("an id is read and written as the server does", arguments: ["0-0", "5-1", "18446744073709551615-7"])
    func ids(text: String) {
        #expect(StreamID(text)?.description == text)
    }

    @Test("what is no id is refused", arguments: ["", "-", "a-1", "1-", "1-b", "-1-1", "1-2-3"])
    func noIDs(text: String) {
        #expect(StreamID(text) == nil)
    }

    @Test("ids are ordered by time, then by sequence")
    func order() throws {
        let ids = try ["10-2", "9-9", "10-0", "7"].map { try #require(StreamID($0)) }
        #expect(ids.sorted().map(\.description) == ["7-0", "9-9", "10-0", "10-2"])
    }

    @Test("entries are appended, read on from any position, ranged both ways, trimmed and deleted")
    func readAndWrite() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect()
        var ids: [StreamID] = []
        for number in 1...5 {
            ids.append(try await connection.xadd("s", fields: [("n", RedisArgument(number)), ("t", "x")]))
        }
        #expect(try await connection.xadd("t", id: StreamID("7-1"), fields: [("a", "")]) == StreamID("7-1"))
        #expect(try await connection.xlen("s") == 5)

        let batches = try await connection.xread([("s", after: ids[1]), ("t", after: .zero)], count: 2)
        #expect(batches.map(\.stream) == ["s", "t"])
        #expect(batches[0].entries.map(\.id) == [ids[2], ids[3]])
        #expect(batches[0].entries[0].string("n") == "3")
        #expect(batches[0].entries[0]["t"] == ByteBuffer(string: "x"))
        #expect(batches[0].entries[0]["none"] == nil)
        #expect(try await connection.xread("s", after: ids[4]).isEmpty)

        #expect(try await connection.xrange("s", from: "(\(ids[0])", count: 2).map(\.id) == [ids[1], ids[2]])
        #expect(try await connection.xrevrange("s", count: 1).map(\.id) == [ids[4]])
        #expect(try await connection.xtrim("s", minID: ids[2]) == 2)
        #expect(try await connection.xdel("s", [ids[2], ids[3]]) == 2)
        #expect(try await connection.xdel("s", []) == 0)
        #expect(try await connection.xlen("s") == 1)
        try await connection.xadd("m", maximumLength: 10, fields: [("a", "b")])
    }

    @Test("a blocked read waits beyond the usual limit and gets what comes, or nothing")
    func blocks() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect { $0.commandTimeout = .milliseconds(50) }
        #expect(try await connection.xread("s", after: .zero, block: .milliseconds(150)).isEmpty)
        async let entries = connection.xread("s", after: .zero, block: .seconds(10))
        await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") }
        try server.command("XADD", "s", "1-1", "a", "b")
        #expect(try await entries.map(\.id) == [StreamID("1-1")])
    }

    @Test("a group gives each entry to one consumer; many are acknowledged at once; the rest can be taken over")
    func groups() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect()
        for number in 1...10 { try await connection.xadd("s", fields: [("n", RedisArgument(number))]) }
        try await connection.xgroupCreate("s", group: "g")
        try await connection.xgroupCreate("s", group: "g")  // exists: stays
        let first = try await connection.xreadgroup("s", group: "g", consumer: "one", count: 6)
        let second = try await connection.xreadgroup("s", group: "g", consumer: "two")
        #expect(first.map { $0.string("n") } == (1...6).map { "\($0)" })
        #expect(second.map { $0.string("n") } == (7...10).map { "\($0)" })
        #expect(try await connection.xack("s", group: "g", second.map(\.id)) == 4)
        #expect(try await connection.xack("s", group: "g", []) == 0)

        let pending = try await connection.xpending("s", group: "g")
        #expect(pending.count == 6)
        #expect(pending.first == first.first?.id)
        #expect(pending.last == first.last?.id)
        #expect(pending.consumers == ["one": 6])

        try await connection.xdel("s", [first[1].id])
        let claim = try await connection.xautoclaim("s", group: "g", consumer: "two", idle: .zero, count: 4)
        #expect(claim.entries.map(\.id) == [first[0], first[2], first[3]].map(\.id))
        let rest = try await connection.xautoclaim(
            "s", group: "g", consumer: "two", idle: .zero, from: claim.next)
        #expect(rest.entries.map(\.id) == first[4...].map(\.id))
        #expect(rest.next == .zero)
        let own = try await connection.xreadgroup([("s", after: "0")], group: "g", consumer: "two")
        #expect(own.first?.entries.count == 5)
    }

    @Test("a missing group is made again from the beginning: nothing that is in the stream is missed")
    func healsMissingGroup() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect()
        #expect(try await connection.xreadgroup("s", group: "g", consumer: "one").isEmpty)
        try server.flushAll()
        try server.command("XADD", "s", "1-1", "a", "b")
        let entries = try await connection.xreadgroup("s", group: "g", consumer: "one")
        #expect(entries.map(\.id) == [StreamID("1-1")])
        try server.flushAll()
        let claim = try await connection.xautoclaim("s", group: "g", consumer: "one", idle: .zero)
        #expect(claim.entries.isEmpty)
        #expect(try server.command("XINFO", "GROUPS", "s").contains("$1\r\ng\r\n"))
    }

    @Test("a reader that is blocked while the server is emptied heals its group and reads on")
    func healsWhileBlocked() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect()
        try await connection.xgroupCreate("s", group: "g")
        async let entries = connection.xreadgroup("s", group: "g", consumer: "one", block: .seconds(10))
        await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") }
        try server.flushAll()
        await eventually { try server.command("EXISTS", "s") == ":1\r\n" }
        try server.command("XADD", "s", "1-1", "a", "b")
        #expect(try await entries.map(\.id) == [StreamID("1-1")])
    }

    @Test("a group on a key of another type is not healed but told")
    func wrongType() async throws {
        let server = try await RedisServer.start()
        let connection = try await server.connect()
        _ = try await connection.send(RedisCommand("SET", "s", "text"))
        let error = await failure { () throws(RedisError) in
            try await connection.xreadgroup("s", group: "g", consumer: "one")
        }
        #expect(error?.serverError?.kind == .wrongType)
    }
}
