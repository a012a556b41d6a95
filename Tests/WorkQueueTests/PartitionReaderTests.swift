import Logging
import NIOConcurrencyHelpers
import Redis
import TestSupport
import Testing

@testable import WorkQueue

@Suite(.timeLimit(.minutes(2)))
struct PartitionReaderTests {
    /// Appends each entry's `n` to a list, unless it is the one that fails.
    private static let script = RedisScript(
        name: "append",
        source: """
            #!lua
            if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return {'fenced', 'token'} end
            if (redis.call('HGET', KEYS[1], 'cursor') or '0-0') ~= ARGV[2] then return {'fenced', 'cursor'} end
            if ARGV[4] == 'bad' and redis.call('EXISTS', KEYS[4]) == 0 then return {'missing'} end
            redis.call('RPUSH', KEYS[3], ARGV[4])
            redis.call('HSET', KEYS[1], 'cursor', ARGV[3])
            redis.call('XDEL', KEYS[2], ARGV[3])
            return {'done'}
            """)

    private struct Handler: ListHandler, WritesOnly {
        static let script = PartitionReaderTests.script
        /// How far the lease had come at each opening of a partition.
        let reached = NIOLockedValueBox<[StreamID]>([])

        func open(
            _ fence: PartitionFence, reached: StreamID, _ connection: RedisConnection
        ) async throws -> StreamID {
            if fence.partition == 5 { self.reached.withLockedValue { $0.append(reached) } }
            return try await self.storedCursor(fence, connection)
        }

        func settle(
            _ entry: StreamEntry, _ result: Result<RedisValue, RedisError>, _ fence: PartitionFence,
            _ connection: RedisConnection
        ) async throws -> PartitionStep {
            _ = try await connection.send(
                RedisCommand("SET", RedisArgument("t:{p\(fence.partition)}:remedy"), "1"))
            return .again
        }
    }

    @Test("entries are applied once and in order, across a script that fails, a hand-over and a killed Redis")
    func order() async throws {
        let server = try await RedisServer.start(appendOnly: true)
        for number in 1...300 {
            try server.command("XADD", "t:{p5}:entries", "*", "n", number == 100 ? "bad" : "\(number)")
        }
        let first = try HoldingProcess(server.url, name: "first", handler: Handler())
        await eventually { try server.elements("list").count >= 300 }
        let second = try HoldingProcess(server.url, name: "second", handler: Handler())
        for number in 301...400 { try server.command("XADD", "t:{p5}:entries", "*", "n", "\(number)") }
        await first.stop()
        await eventually { try server.elements("list").count >= 400 }
        try await server.restart()
        for number in 401...450 { try server.command("XADD", "t:{p5}:entries", "*", "n", "\(number)") }
        await eventually(within: .seconds(30)) { try server.elements("list").count >= 450 }
        #expect(try server.elements("list") == (1...450).map { $0 == 100 ? "bad" : "\($0)" })
        #expect(try server.command("XLEN", "t:{p5}:entries") == ":0\r\n")
        await second.stop()
    }

    /// To which more comes for a while whenever it is about to apply what it was given.
    private struct BusyHandler: ListHandler, WritesOnly {
        static let script = PartitionReaderTests.script
        static let rounds = 30
        static let entries = 10
        let server: RedisServer
        let round = NIOLockedValueBox(0)

        func open(
            _ fence: PartitionFence, reached: StreamID, _ connection: RedisConnection
        ) async throws -> StreamID { try await self.storedCursor(fence, connection) }

        func calls(
            for writes: [StreamEntry], after cursor: StreamID, isAlone: Bool, _ fence: PartitionFence
        ) async -> [PartitionCall] {
            let round = self.round.withLockedValue { round in
                round += 1
                return round
            }
            if round < Self.rounds { try? Self.add(round, to: self.server) }
            return self.calls(for: writes, after: cursor, fence)
        }

        static func add(_ round: Int, to server: RedisServer) throws {
            for number in 1...self.entries {
                try server.command("XADD", "t:{p5}:entries", "*", "n", "\(round * self.entries + number)")
            }
        }

        func settle(
            _ entry: StreamEntry, _ result: Result<RedisValue, RedisError>, _ fence: PartitionFence,
            _ connection: RedisConnection
        ) async throws -> PartitionStep { .again }
    }

    @Test("what came while much was applied comes along, in order and once, without a round trip of its own")
    func comesAlong() async throws {
        let server = try await RedisServer.start(
            arguments: ["--slowlog-log-slower-than", "0", "--slowlog-max-len", "100000"])
        try BusyHandler.add(0, to: server)
        let process = try HoldingProcess(server.url, name: "first", handler: BusyHandler(server: server))
        let all = (1...BusyHandler.rounds * BusyHandler.entries).map { "\($0)" }
        await eventually { try server.elements("list").count >= all.count }
        #expect(try server.elements("list") == all)
        await process.stop()
        try await server.withClient { redis in
            let said = try await redis.send(RedisCommand("SLOWLOG", "GET", "-1")).array ?? []
            let reads = said.map { ($0.array?[3].array ?? []).compactMap(\.string) }
                .filter { $0.first == "XREAD" && $0.contains("t:{p5}:entries") && $0.last != "0-0" }
            let waited = reads.count { $0.contains("BLOCK") }
            #expect(reads.count >= BusyHandler.rounds - 1)
            // It waits again when nothing comes any more, a quarter of a second each time.
            #expect(waited < BusyHandler.rounds / 2)
        }
    }

    @Test("a partition whose state went back is opened again, and its handler told how far this lease had come")
    func wentBack() async throws {
        let server = try await RedisServer.start()
        let handler = Handler()
        let process = try HoldingProcess(server.url, name: "first", handler: handler)
        try server.command("XADD", "t:{p5}:entries", "7-0", "n", "1")
        await eventually { try server.elements("list") == ["1"] }
        try server.command("HSET", "t:{p5}:state", "cursor", "3-0")
        try server.command("XADD", "t:{p5}:entries", "8-0", "n", "2")
        await eventually { try server.elements("list") == ["1", "2"] }
        #expect(
            handler.reached.withLockedValue { $0 } == [.zero, StreamID(milliseconds: 7, sequence: 0)])
        await process.stop()
    }

    @Test("a holder that was frozen past its lease applies nothing after waking")
    func frozen() async throws {
        let server = try await RedisServer.start()
        let process = try HoldingProcess(server.url, name: "first", handler: Handler())
        await eventually { process.leases.held.count == 16 }
        try server.command("HSET", "t:{p5}:state", "token", "another", "until", "99999999999999")
        try server.command("XADD", "t:{p5}:entries", "*", "n", "1")
        await eventually { !process.leases.held.contains(5) }
        #expect(try server.elements("list").isEmpty)
        #expect(try server.command("XLEN", "t:{p5}:entries") == ":1\r\n")
        await process.stop()
    }
}
