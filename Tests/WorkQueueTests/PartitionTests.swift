import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOPosix
import Redis
import ServiceLifecycle
import TestSupport
import Testing

@testable import WorkQueue

/// One process that holds partitions and notes them.
private final class HoldingProcess: Sendable {
    let redis: RedisClient
    let leases: PartitionLeases
    let taken = NIOLockedValueBox<[PartitionLease]>([])
    private let task: Task<Void, any Error>
    private let trigger: @Sendable () async -> Void

    static let names = PartitionNames(
        count: 16, state: { "t:{p\($0)}:state" }, entries: { "t:{p\($0)}:entries" }, processes: "t:processes")

    init(
        _ url: String, name: String, hold: (@Sendable (PartitionLease, RedisClient) async -> Void)? = nil
    ) throws {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let redis = RedisClient(try RedisConfiguration(url: url), logger: quiet)
        let leases = PartitionLeases(process: name, names: Self.names, redis: redis, logger: quiet) {
            [taken] lease in
            taken.withLockedValue { $0.append(lease) }
            if let hold { await hold(lease, redis) }
            while lease.isWanted { try? await Task.sleep(for: .milliseconds(10)) }
        }
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: redis), .init(service: leases)], logger: quiet))
        self.redis = redis
        self.leases = leases
        self.task = Task { try await group.run() }
        self.trigger = { await group.triggerGracefulShutdown() }
    }

    func stop() async {
        await self.trigger()
        _ = try? await self.task.value
    }
}

@Suite(.timeLimit(.minutes(2)))
struct PartitionLeaseTests {
    @Test("one process holds all; two share evenly, never one partition both; the last takes all again, at once")
    func sharing() async throws {
        let server = try await RedisServer.start()
        let first = try HoldingProcess(server.url, name: "first")
        await eventually { first.leases.held.count == 16 }
        let second = try HoldingProcess(server.url, name: "second")
        await eventually { first.leases.held.count == 8 && second.leases.held.count == 8 }
        #expect(Set(first.leases.held).isDisjoint(with: second.leases.held))
        let start = ContinuousClock.now
        await first.stop()
        #expect(first.leases.held.isEmpty)
        await eventually { second.leases.held.count == 16 }
        // Given back, not run out: the second needs no more than its tries (and the first's name gone).
        #expect(ContinuousClock.now - start < .seconds(5))
        await second.stop()
        #expect(try server.command("EXISTS", "t:{p0}:state") == ":0\r\n")
    }

    @Test("a lease that was lost ends the work on its partition, and is not taken from its new holder")
    func lost() async throws {
        let server = try await RedisServer.start()
        let process = try HoldingProcess(server.url, name: "first")
        await eventually { process.taken.withLockedValue { $0.count } == 16 }
        let lease = try #require(process.taken.withLockedValue { $0.first { $0.partition == 3 } })
        // As if this process had been frozen, and another had taken the partition for long.
        try server.command("HSET", "t:{p3}:state", "token", "another", "until", "99999999999999")
        await eventually { !lease.isWanted }
        await eventually { process.leases.held.count == 15 }
        await process.stop()
        #expect(try server.command("HGET", "t:{p3}:state", "token").contains("another"))
    }

    @Test("one partition whose state is of another type waits; the others are held, also when it comes later")
    func wrongType() async throws {
        let server = try await RedisServer.start()
        try server.command("SET", "t:{p3}:state", "poison")
        let process = try HoldingProcess(server.url, name: "first")
        await eventually { process.leases.held == (0..<16).filter { $0 != 3 } }
        try server.command("DEL", "t:{p5}:state")
        try server.command("SET", "t:{p5}:state", "poison")
        await eventually { process.leases.held == (0..<16).filter { $0 != 3 && $0 != 5 } }
        let until = try server.command("HGET", "t:{p4}:state", "until")
        await eventually { try server.command("HGET", "t:{p4}:state", "until") != until }
        try server.command("DEL", "t:{p3}:state", "t:{p5}:state")
        await eventually { process.leases.held.count == 16 }
        await process.stop()
    }

    @Test("a holder whose connection has ended is replaced long before its lease runs out, and not counted any more")
    func deadHolder() async throws {
        let server = try await RedisServer.start()
        for partition in 0..<16 {
            try server.command(
                "HSET", "t:{p\(partition)}:state", "token", "dead", "until", "99999999999999", "holder", "dead 999999")
        }
        // Its heartbeat is fresh: half of the partitions were its share.
        try server.command("ZADD", "t:processes", "99999999999999", "dead")
        let process = try HoldingProcess(server.url, name: "first")
        await eventually { process.leases.held.count == 16 }
        #expect(try server.command("ZSCORE", "t:processes", "dead") == "$-1\r\n")
        await process.stop()
    }

    @Test("a holder that is connected, however silent, keeps its leases until they run out")
    func silentHolder() async throws {
        let server = try await RedisServer.start()
        let connection = try await RedisConnection.connect(
            try RedisConfiguration(url: server.url), on: MultiThreadedEventLoopGroup.singleton.any(),
            logger: Logger(label: "silent"))
        let number = try #require(try await connection.send(RedisCommand("CLIENT", "ID")).int)
        let end = UInt64(Date().timeIntervalSince1970 * 1_000) + 2_000
        for partition in 0..<16 {
            try server.command(
                "HSET", "t:{p\(partition)}:state", "token", "silent", "until", "\(end)", "holder", "silent \(number)")
        }
        let process = try HoldingProcess(server.url, name: "first")
        await eventually { !process.leases.held.isEmpty }
        #expect(UInt64(Date().timeIntervalSince1970 * 1_000) >= end)
        await process.stop()
        await connection.close()
    }

    @Test("one look without its connection does not make a holder gone, nor does another connection of its own")
    func patience() {
        var holders = LeaseHolders(patience: .milliseconds(500))
        let lease = LeaseHolders.Lease(partition: 3, token: "t", holder: "other 7")
        let start = ContinuousClock.now
        func gone(_ living: Set<String>, after milliseconds: Int, _ lease: LeaseHolders.Lease = lease) -> Int {
            holders.gone(among: [lease], living: living, now: start + .milliseconds(milliseconds)).count
        }
        #expect(gone([], after: 0) == 0)
        #expect(gone([], after: 499) == 0)
        #expect(gone(["7"], after: 600) == 0)
        #expect(gone([], after: 700) == 0, "it was back in between")
        let reconnected = LeaseHolders.Lease(partition: 3, token: "t", holder: "other 9")
        #expect(gone([], after: 1_300, reconnected) == 0)
        #expect(gone([], after: 1_800, reconnected) == 1)
        let unknown = LeaseHolders.Lease(partition: 3, token: "t", holder: "")
        #expect(gone([], after: 2_000, unknown) == 0)
        #expect(gone([], after: 9_000, unknown) == 0)
    }

    @Test("when Redis was away, work goes on with the leases that are still there, or new ones")
    func redisAway() async throws {
        let server = try await RedisServer.start()
        let process = try HoldingProcess(server.url, name: "first")
        await eventually { process.leases.held.count == 16 }
        try await server.restart()
        await eventually(within: .seconds(20)) {
            try server.command("HGET", "t:{p7}:state", "token").hasPrefix("$")
                && !server.command("HGET", "t:{p7}:state", "token").hasPrefix("$-1")
                && process.leases.held.count == 16
        }
        await process.stop()
    }
}

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
            for entries: [StreamEntry], after cursor: StreamID, _ fence: PartitionFence
        ) async -> [RedisScript.Call] {
            var expected = cursor
            return entries.map { entry in
                defer { expected = entry.id }
                let tag = "t:{p\(fence.partition)}"
                return RedisScript.Call(
                    PartitionReaderTests.script,
                    keys: ["\(tag):state", "\(tag):entries", "\(tag):list", "\(tag):remedy"],
                    arguments: [
                        RedisArgument(fence.token), RedisArgument("\(expected)"), RedisArgument("\(entry.id)"),
                        RedisArgument(entry.string("n") ?? ""),
                    ])
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

        func applied(_ count: Int) async {}
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
