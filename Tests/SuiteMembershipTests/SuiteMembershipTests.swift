import Foundation
import Logging
import NIOConcurrencyHelpers
import Redis
import ServiceLifecycle
import ServiceRuntime
import TestSupport
import Testing
import WireContract

@testable import SuiteMembership

/// What a process owes the others, against a real Redis.
@Suite(.timeLimit(.minutes(2)))
struct SuiteMembershipTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func withRedis(
        _ server: RedisServer, _ body: @Sendable @escaping (RedisClient) async throws -> Void
    ) async throws {
        let redis = RedisClient(try RedisConfiguration(url: server.url), logger: Self.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await redis.run() }
            await eventually { redis.current != nil }
            try await body(redis)
            group.cancelAll()
        }
    }

    /// Notes that it was started.
    private struct Started: Service {
        let box = NIOLockedValueBox(false)

        func run() async throws { self.box.withLockedValue { $0 = true } }
    }

    @Test("the first number is noted; with the same one what waits for it starts")
    func agreed() async throws {
        let server = try await RedisServer.start()
        try await self.withRedis(server) { redis in
            let agreement = PartitionAgreement(redis: redis, partitions: 8)
            let started = Started()
            #expect(await agreement.readiness.problem != nil)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await agreement.run() }
                try await agreement.gate(started).run()
                group.cancelAll()
            }
            #expect(started.box.withLockedValue { $0 } && agreement.isReached)
            #expect(await agreement.readiness.problem == nil)
            #expect(try server.command("GET", RedisNames.partitions) == "$1\r\n8\r\n")
        }
    }

    @Test("another number than the one agreed on ends the process, and what waits for it never starts")
    func refused() async throws {
        let server = try await RedisServer.start()
        try server.command("SET", RedisNames.partitions, "8")
        try await self.withRedis(server) { redis in
            let agreement = PartitionAgreement(redis: redis, partitions: 16)
            let started = Started()
            let gated = Task { try await agreement.gate(started).run() }
            await #expect(throws: StartError.self) { try await agreement.run() }
            gated.cancel()
            try await gated.value
            #expect(!started.box.withLockedValue { $0 } && !agreement.isReached)
            #expect(try server.command("GET", RedisNames.partitions) == "$1\r\n8\r\n")
        }
    }

    @Test("every service reads the number of partitions in one range", arguments: ["0", "257", "many"])
    func setting(text: String) throws {
        var wrong = try SettingsReader(environment: ["CHAT_PARTITIONS": text])
        #expect { _ = try wrong.partitions() } throws: { ($0 as? SettingsError)?.key == "CHAT_PARTITIONS" }
        var most = try SettingsReader(environment: ["CHAT_PARTITIONS": "256"])
        #expect(try most.partitions() == 256)
        var unset = try SettingsReader(environment: [:])
        #expect(try unset.partitions() == RedisNames.defaultPartitionCount)
    }

    @Test("a process says that it lives, removes lines a day old and no younger ones, and its own when it ends")
    func heartbeat() async throws {
        let server = try await RedisServer.start()
        let now = Int(WallClock.milliseconds())
        for (name, age) in [("gone", 90_000_000), ("yesterday", 80_000_000)] {
            let record = ServiceRecord(
                service: "chat", instance: name, pid: 1, host: "h", version: "0", at: now - age, healthPort: 1)
            let json = String(decoding: try JSONEncoder().encode(record), as: UTF8.self)
            try server.command("HSET", RedisNames.services, "chat:\(name)", json)
        }
        try server.command("HSET", RedisNames.services, "chat:unreadable", "?")
        try await self.withRedis(server) { redis in
            let heartbeat = ProcessHeartbeat(
                redis: redis, service: "chat", instance: "me", healthPort: 5_011,
                readiness: [
                    ReadinessCheck(name: "archive") { nil }, ReadinessCheck(name: "leases") { "OOM" },
                    ReadinessCheck(name: "files", severity: .warning) { "slow" },
                ],
                details: { ["a": "b"] })
            let group = ServiceGroup(configuration: .init(services: [heartbeat], logger: Self.logger))
            let task = Task { try await group.run() }
            await eventually { try !server.command("HKEYS", RedisNames.services).contains("chat:gone") }
            let keys = try server.command("HKEYS", RedisNames.services)
            for name in ["me", "yesterday", "unreadable"] { #expect(keys.contains("chat:\(name)")) }
            let reply = try server.command("HGET", RedisNames.services, "chat:me")
            let line = try #require(reply.split(separator: "\r\n").last)
            let record = try JSONDecoder().decode(ServiceRecord.self, from: Data(line.utf8))
            #expect(
                record.at >= now && record.healthPort == 5_011
                    && record.details == ["a": "b", "problems": "leases: OOM"])
            #expect(record.version == ServiceVersion.release && record.pid == Int(getpid()))
            await group.triggerGracefulShutdown()
            try await task.value
            #expect(try server.command("HEXISTS", RedisNames.services, "chat:me") == ":0\r\n")
        }
    }

    @Test(
        "readiness warns of a Redis that keeps nothing on disk or is nearly full, and only of that",
        arguments: [true, false])
    func durability(appendOnly: Bool) async throws {
        let server = try await RedisServer.start(appendOnly: appendOnly)
        try await self.withRedis(server) { redis in
            let check = ReadinessCheck.durability(of: redis)
            #expect(check.severity == .warning)
            let problem = await check.problem
            if appendOnly { #expect(problem == nil) } else { #expect(problem?.hasPrefix("appendonly is off") == true) }
            let used = try #require(
                server.command("INFO", "memory").split(separator: "\r\n").first { $0.hasPrefix("used_memory:") }?
                    .dropFirst("used_memory:".count))
            let bytes = try #require(Int(used))
            for (limit, isTold) in [(bytes * 2, false), (bytes * 100 / 95, true)] {
                try server.command("CONFIG", "SET", "maxmemory", "\(limit)")
                #expect(await check.problem?.contains("% of maxmemory is used") ?? false == isTold)
            }
        }
    }
}
