import Logging
import Redis
import TestSupport
import Testing
import WireContract

@testable import squadctl

/// What an operator is told when something is wrong with Redis itself, against a real one.
@Suite(.timeLimit(.minutes(2)))
struct DoctorTests {
    private func withRedis<Result: Sendable>(
        _ server: RedisServer, _ body: @Sendable @escaping (RedisClient) async throws -> Result
    ) async throws -> Result {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let redis = RedisClient(try RedisConfiguration(url: server.url), logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await redis.run() }
            defer { group.cancelAll() }
            await eventually { redis.current != nil }
            return try await body(redis)
        }
    }

    private func findings(_ server: RedisServer) async throws -> [Examination.Finding] {
        try await self.withRedis(server) { redis in try await Examination.findings(redis) }
    }

    @Test("damaged keys are named, one line each, and everything else is told all the same")
    func damagedKeys() async throws {
        let server = try await RedisServer.start()
        let keys = [
            RedisNames.state(10), RedisNames.events(10), RedisNames.commands(10), RedisNames.dead(10),
            RedisNames.directoryUsers, RedisNames.directorySquads, RedisNames.directoryChanges, RedisNames.services,
            RedisNames.chats, RedisNames.gateways, RedisNames.signals, SuiteKeys.integrationDead,
            RedisNames.undelivered(3),
        ]
        for key in keys { try server.command("SET", key, "poison") }
        for key in [RedisNames.archive, RedisNames.partitions] { try server.command("HSET", key, "a", "b") }
        let findings = try await self.findings(server)
        let told = findings.filter { $0.subject.hasPrefix("key ") }
        #expect(
            Set(told.map(\.subject)) == Set((keys + [RedisNames.archive, RedisNames.partitions]).map { "key \($0)" }))
        #expect(told.count == keys.count + 2 && told.allSatisfy { $0.verdict == .fail && $0.advice != nil })
        #expect(told.contains { $0.subject == "key sc:{p10}:state" && $0.found == "is a string, not a hash" })
        // Fifteen of the sixteen partitions, and those that nobody can know of.
        #expect(findings.contains { $0.subject == "partitions" && $0.found.hasSuffix("p9 p11 p12 p13 p14 p15") })
        #expect(!findings.contains { $0.advice?.hasPrefix("Start it") == true })

        let status = try await self.withRedis(server) { redis in try await SuiteStatus.read(redis) }
        #expect(status.partitions.count == RedisNames.defaultPartitionCount)
        #expect(status.partitions[10].isHeld == nil && status.partitions[10].commands == nil)
        #expect(status.partitions[9].isHeld == false && status.partitions[9].commands == 0)
        #expect(status.users == nil && status.damaged.count == told.count - 4)
    }

    @Test("a key that may not be read is not called damaged, and nobody is told to put it aside")
    func forbiddenKeys() async throws {
        let server = try await RedisServer.start()
        try server.command("XADD", RedisNames.signals, "*", "a", "b")
        try server.command("SET", RedisNames.outcomes, "poison")
        try server.command("ACL", "SETUSER", "default", "resetkeys", "~sc:*", "~\(RedisNames.outcomes)")
        let findings = try await self.findings(server)
        let told = try #require(findings.first { $0.subject == "key \(RedisNames.signals)" })
        #expect(told.verdict == .fail && told.found.hasPrefix("cannot be read: NOPERM"))
        #expect(told.advice?.contains("RENAME") == false && told.advice?.contains("may not") == true)
        let damaged = findings.first { $0.subject == "key \(RedisNames.outcomes)" }
        #expect(damaged?.advice?.contains("RENAME") == true)

        // A lookup that is not allowed at all is no fault of the key either.
        try server.command("ACL", "SETUSER", "default", "allkeys", "-@scripting")
        let others = try await self.findings(server).filter { $0.subject.hasPrefix("key ") }
        #expect(others.contains { $0.found.contains("NOPERM") })
        // The damaged one is called so although its first question was refused for another reason.
        #expect(
            others.filter { $0.advice?.contains("RENAME") == true }.map(\.subject) == ["key \(RedisNames.outcomes)"])
    }

    @Test("what Redis 6 cannot run is no fault of the key")
    func oldRedis() {
        let status = SuiteStatus(
            at: 0, processes: [], partitions: [], feeds: [], deadLetters: [:], users: 1, squads: 1,
            damaged: [DamagedKey(key: "signals", cause: .refused, found: "cannot be read: ERR Error compiling script")])
        let findings = Examination.judge(
            info: ["redis_version": "6.2.1"], policy: nil, fsync: nil, roundTrip: .zero, status: status, archive: nil)
        let key = findings.first { $0.subject == "key signals" }
        #expect(key?.advice == "Leave the key: Redis 7 or later is needed.")
    }

    @Test("a Redis that is nearly full is warned of before nobody can write")
    func nearlyFull() {
        func memory(_ used: Int) -> Examination.Finding? {
            Examination.redis(
                info: [
                    "redis_version": "7.0.15", "used_memory": "\(used)", "used_memory_human": "x", "maxmemory": "1000",
                ],
                policy: "noeviction", fsync: "always", roundTrip: .zero
            ).first { $0.subject == "memory" }
        }
        #expect(memory(899)?.verdict == .ok && memory(899)?.found.contains("(89 % of maxmemory)") == true)
        #expect(memory(900)?.verdict == .warn && memory(900)?.advice?.contains("raise maxmemory") == true)
    }

    @Test("that Redis takes no writes stands first, and what follows from it is not advised")
    func readOnly() async throws {
        let replica = try await RedisServer.start(arguments: ["--replicaof", "127.0.0.1", "1"])
        let findings = try await self.findings(replica)
        #expect(findings[0].verdict == .fail && findings[0].found.hasPrefix("is a replica of 127.0.0.1:1 "))
        for subject in SuiteStatus.services + ["partitions"] {
            #expect(findings.first { $0.subject == subject }?.advice == "Follows from what stands above.")
        }
        let full = try await RedisServer.start(arguments: ["--maxmemory", "100kb"])
        let first = try await self.findings(full)[0]
        #expect(first.verdict == .fail && first.found.hasPrefix("is full") && first.found.contains("of 100.00K"))
    }

    @Test(
        "whatever keeps Redis from taking writes in time is a failure",
        arguments: [
            ["loading": "1"], ["aof_enabled": "1", "aof_last_write_status": "err"],
            ["rdb_last_bgsave_status": "err", "stop-writes-on-bgsave-error": "yes", "save": "60 1"],
        ])
    func causes(info: [String: String]) {
        #expect(Examination.whatKeepsRedis(info: info, roundTrip: .milliseconds(1)).map(\.verdict) == [.fail])
        #expect(Examination.whatKeepsRedis(info: [:], roundTrip: .milliseconds(499)).isEmpty)
        let slow = Examination.whatKeepsRedis(info: [:], roundTrip: .milliseconds(612))
        #expect(slow.first?.found.contains("612 ms") == true)
    }

    @Test("a process that went silent is called silent, not absent")
    func silent() async throws {
        let server = try await RedisServer.start()
        let record =
            #"{"service":"chat","instance":"a","pid":41,"host":"blue","version":"1","at":1,"health_port":1,"details":{}}"#
        try server.command("HSET", RedisNames.services, "chat:a", record)
        let findings = try await self.findings(server)
        let chat = try #require(findings.first { $0.subject == "chat" })
        #expect(chat.verdict == .fail && chat.found.hasPrefix("silent for "))
        #expect(chat.advice?.contains("process 41 on blue") == true)
        #expect(findings.first { $0.subject == "gateway" }?.found == "no process")
    }

    @Test("a process that lives and is not ready is told with its own reason")
    func notReady() async throws {
        let server = try await RedisServer.start()
        let now = try server.command("TIME").split(separator: "\r\n")[2]
        let record =
            #"{"service":"chat","instance":"a","pid":41,"host":"blue","version":"1","at":\#(now)000,"#
            + #""health_port":5011,"details":{"partitions":"","problems":"leases: OOM"}}"#
        try server.command("HSET", RedisNames.services, "chat:a", record)
        let findings = try await self.findings(server)
        #expect(findings.contains { $0.subject == "chat" && $0.verdict == .ok })
        #expect(findings.contains { $0.subject == "chat a" && $0.verdict == .fail && $0.found == "leases: OOM" })
    }

    @Test("who is not told where Redis is says how to tell it, and a server that loads is not called dead")
    func unreachable() throws {
        let configuration = try RedisConfiguration(url: "redis://localhost:6379")
        let told = { (error: RedisError, isNamed: Bool) in
            SessionOptions.unreachable(configuration, error, isNamed: isNamed)
        }
        #expect(told(.notConnected, false).contains("REDIS_URL"))
        #expect(told(.notConnected, true) == "Redis does not answer at localhost:6379")
        let loading = RedisError.server(RedisServerError("LOADING Redis is loading the dataset in memory"))
        #expect(told(loading, true).contains("loads its data"))
    }
}
