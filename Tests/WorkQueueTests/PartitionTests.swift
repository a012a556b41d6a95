import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOPosix
import Redis
import TestSupport
import Testing

@testable import WorkQueue

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

    @Test("leases that cannot be kept are no longer told as kept, and the reason is")
    func trouble() async throws {
        let server = try await RedisServer.start()
        let process = try HoldingProcess(server.url, name: "first")
        await eventually { process.leases.kept.count == 16 && process.leases.trouble == nil }
        // A full server keeps leases: who may free memory must be able to.
        try server.command("CONFIG", "SET", "maxmemory", "1")
        try await Task.sleep(for: .milliseconds(500))
        #expect(process.leases.kept.count == 16 && process.leases.trouble == nil)
        try server.command("CONFIG", "SET", "maxmemory", "0")
        try server.command("CONFIG", "SET", "min-replicas-to-write", "1")
        await eventually { process.leases.trouble?.hasPrefix("NOREPLICAS ") == true && process.leases.kept.isEmpty }
        try server.command("CONFIG", "SET", "min-replicas-to-write", "0")
        await eventually { process.leases.kept.count == 16 && process.leases.trouble == nil }
        try server.command("SET", "t:processes", "poison")
        await eventually { process.leases.trouble?.hasSuffix("key t:processes") == true }
        try server.command("DEL", "t:processes")
        await eventually { process.leases.kept.count == 16 && process.leases.trouble == nil }
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
