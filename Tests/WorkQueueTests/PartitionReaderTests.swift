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

    private struct Handler: PartitionHandler {
        /// How far the lease had come at each opening of a partition.
        let reached = NIOLockedValueBox<[StreamID]>([])

        func open(
            _ fence: PartitionFence, reached: StreamID, _ connection: RedisConnection
        ) async throws -> StreamID {
            if fence.partition == 5 { self.reached.withLockedValue { $0.append(reached) } }
            let cursor = try await connection.send(
                RedisCommand("HGET", RedisArgument("t:{p\(fence.partition)}:state"), "cursor"))
            return cursor.string.flatMap { StreamID($0) } ?? .zero
        }

        func calls(
            for writes: [StreamEntry], after cursor: StreamID, isAlone: Bool, _ fence: PartitionFence
        ) async -> [PartitionCall] {
            var expected = cursor
            return writes.map { entry in
                defer { expected = entry.id }
                let tag = "t:{p\(fence.partition)}"
                let call = RedisScript.Call(
                    PartitionReaderTests.script,
                    keys: ["\(tag):state", "\(tag):entries", "\(tag):list", "\(tag):remedy"],
                    arguments: [
                        RedisArgument(fence.token), RedisArgument("\(expected)"), RedisArgument("\(entry.id)"),
                        RedisArgument(entry.string("n") ?? ""),
                    ])
                return PartitionCall(call, entries: 1)
            }
        }

        func settle(
            _ entry: StreamEntry, _ result: Result<RedisValue, RedisError>, _ fence: PartitionFence,
            _ connection: RedisConnection
        ) async throws -> PartitionStep {
            _ = try await connection.send(
                RedisCommand("SET", RedisArgument("t:{p\(fence.partition)}:remedy"), "1"))
            return .again
        }

        func role(of entry: StreamEntry) -> PartitionRole { .write(of: "") }
        func applied(_ count: Int, unanswered: [PartitionRead]) async {}
        func question(of entry: StreamEntry) -> String? { nil }
        func answer(
            _ read: PartitionRead, mayTakeLong: Bool, _ fence: PartitionFence, _ connection: RedisConnection
        ) async -> Bool { true }
        func letGo(_ reads: [PartitionRead], _ fence: PartitionFence, _ connection: RedisConnection) async {}
        func refuse(_ reads: [PartitionRead], _ fence: PartitionFence, _ connection: RedisConnection) async {}
    }

    private func process(
        _ url: String, _ name: String, _ handler: Handler = Handler()
    ) throws -> HoldingProcess {
        try HoldingProcess(url, name: name) { lease, redis in
            await PartitionReader(
                lease: lease, names: HoldingProcess.names, redis: redis, handler: handler,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            ).run()
        }
    }

    private func list(_ server: RedisServer) throws -> [String] {
        try server.command("LRANGE", "t:{p5}:list", "0", "-1").split(separator: "\r\n").map(String.init)
            .filter { !$0.hasPrefix("$") && !$0.hasPrefix("*") }
    }

    @Test("entries are applied once and in order, across a script that fails, a hand-over and a killed Redis")
    func order() async throws {
        let server = try await RedisServer.start(appendOnly: true)
        for number in 1...300 {
            try server.command("XADD", "t:{p5}:entries", "*", "n", number == 100 ? "bad" : "\(number)")
        }
        let first = try self.process(server.url, "first")
        await eventually { try self.list(server).count >= 300 }
        let second = try self.process(server.url, "second")
        for number in 301...400 { try server.command("XADD", "t:{p5}:entries", "*", "n", "\(number)") }
        await first.stop()
        await eventually { try self.list(server).count >= 400 }
        try await server.restart()
        for number in 401...450 { try server.command("XADD", "t:{p5}:entries", "*", "n", "\(number)") }
        await eventually(within: .seconds(30)) { try self.list(server).count >= 450 }
        #expect(try self.list(server) == (1...450).map { $0 == 100 ? "bad" : "\($0)" })
        #expect(try server.command("XLEN", "t:{p5}:entries") == ":0\r\n")
        await second.stop()
    }

    @Test("a partition whose state went back is opened again, and its handler told how far this lease had come")
    func wentBack() async throws {
        let server = try await RedisServer.start()
        let handler = Handler()
        let process = try self.process(server.url, "first", handler)
        try server.command("XADD", "t:{p5}:entries", "7-0", "n", "1")
        await eventually { try self.list(server) == ["1"] }
        try server.command("HSET", "t:{p5}:state", "cursor", "3-0")
        try server.command("XADD", "t:{p5}:entries", "8-0", "n", "2")
        await eventually { try self.list(server) == ["1", "2"] }
        #expect(
            handler.reached.withLockedValue { $0 } == [.zero, StreamID(milliseconds: 7, sequence: 0)])
        await process.stop()
    }

    @Test("a holder that was frozen past its lease applies nothing after waking")
    func frozen() async throws {
        let server = try await RedisServer.start()
        let process = try self.process(server.url, "first")
        await eventually { process.leases.held.count == 16 }
        try server.command("HSET", "t:{p5}:state", "token", "another", "until", "99999999999999")
        try server.command("XADD", "t:{p5}:entries", "*", "n", "1")
        await eventually { !process.leases.held.contains(5) }
        #expect(try self.list(server).isEmpty)
        #expect(try server.command("XLEN", "t:{p5}:entries") == ":1\r\n")
        await process.stop()
    }
}
