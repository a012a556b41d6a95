import Domain
import Logging
import NIOConcurrencyHelpers
import Redis
import TestSupport
import Testing
import WireContract

@testable import Directory

/// Against a real Redis.
@Suite(.timeLimit(.minutes(2)))
struct DirectoryReplicaTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func user(_ id: String, role: Role = .recruit, squad: String = "alpha", version: Int = 1) throws
        -> DirectoryUser
    {
        try DirectoryUser(
            userID: UserID(id), username: id, callsign: id.uppercased(), squadID: SquadID(squad), role: role,
            rank: "R", version: version)
    }

    /// Runs `body` with a client and `count` replicas that have loaded.
    private func withReplicas(
        _ count: Int = 1, on server: RedisServer, having users: [DirectoryUser] = [],
        _ body: @Sendable @escaping (RedisClient, DirectoryWriter, [DirectoryReplica]) async throws -> Void
    ) async throws {
        let redis = RedisClient(try RedisConfiguration(url: server.url), logger: Self.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await redis.run() }
            let writer = DirectoryWriter(redis: redis)
            try await writer.put(users)
            let replicas = (0..<count).map { _ in DirectoryReplica(redis: redis, logger: Self.logger) }
            for replica in replicas { group.addTask { try await replica.run() } }
            for replica in replicas { try await replica.waitUntilReady() }
            try await body(redis, writer, replicas)
            group.cancelAll()
        }
    }

    @Test("a replica loads what was there and follows what comes; an unnamed squad is made on demand")
    func follows() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let first = try self.user("viper-1", role: .sergeant)
        let second = try self.user("kilo-9", squad: "bravo")
        try await self.withReplicas(2, on: server, having: [first]) { _, writer, replicas in
            for replica in replicas {
                #expect(replica.user(first.userID) == first)
                #expect(try replica.squads() == [Squad(squadID: SquadID("alpha"), name: "Alpha")])
            }
            let seen = NIOLockedValueBox<[DirectoryChange]>([])
            replicas[0].onChange { changes in seen.withLockedValue { $0 += changes } }
            try await writer.put([second], squads: [Squad(squadID: second.squadID, name: "The Bravos")])
            for replica in replicas { await eventually { replica.user(second.userID) == second } }
            await eventually {
                seen.withLockedValue { $0 }
                    == [
                        .squad(before: nil, after: Squad(squadID: second.squadID, name: "The Bravos")),
                        .user(before: nil, after: second),
                    ]
            }
            #expect(replicas[0].loads == 1)
        }
    }

    @Test("of two versions the newer stays, whoever writes last; the same version again changes nothing")
    func newerWins() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let old = try self.user("a", role: .commander, version: 5)
        let new = try self.user("a", role: .recruit, version: 6)
        try await self.withReplicas(on: server) { redis, writer, replicas in
            let first = try await writer.put([new])
            let older = try await writer.put([old])
            let equal = try await writer.put([try self.user("a", role: .observer, version: 6)])
            #expect(first == [new.userID] && older.isEmpty && equal.isEmpty)
            await eventually { replicas[0].user(new.userID) == new }
            let changes = try await redis.xlen("sc:{directory}:changes")
            let counter = try await redis.send(RedisCommand("GET", "sc:{directory}:version"))
            #expect(changes == 2 && counter.int == 2)
        }
    }

    @Test("who changes an entry that somebody else writes meanwhile is asked again, and undoes nothing")
    func overtaken() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.withReplicas(on: server, having: [try self.user("a")]) { redis, writer, _ in
            let asked = NIOLockedValueBox<[Int]>([])
            let written = try await writer.update(try UserID("a")) { present in
                let isFirst = asked.withLockedValue { seen in
                    seen.append(present?.version ?? -1)
                    return seen.count == 1
                }
                if isFirst {
                    // Retired in the moment between reading and writing.
                    let json = #"{"user_id":"a","squad_id":"alpha","role":"recruit","version":5,"active":false}"#
                    try server.command("HSET", RedisNames.directoryUsers, "a", json)
                }
                return try DirectoryUser(
                    userID: UserID("a"), username: "a", callsign: "A", squadID: SquadID("alpha"), role: .corporal,
                    rank: "R", version: 9, isActive: present?.isActive ?? true)
            }
            #expect(asked.withLockedValue { $0 } == [1, 5])
            #expect(written?.isActive == false && written?.role == .corporal)
            let older = try await writer.update(try UserID("a")) { _ in try self.user("a", version: 9) }
            #expect(older == written, "of a version as old nothing is written")
            let absent = try await writer.update(try UserID("b")) { _ in nil }
            #expect(absent == nil)
        }
    }

    @Test("a hole in the numbers makes the replica load everything again")
    func hole() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.withReplicas(on: server) { redis, writer, replicas in
            try await writer.put([try self.user("a")])
            await eventually { try replicas[0].user(UserID("a")) != nil }
            let loads = replicas[0].loads
            // Somebody's change is stored, but its entry is lost: as after a trim of the changes.
            let hidden = try self.user("hidden")
            _ = try await redis.send(
                RedisCommand(
                    "HSET", "sc:{directory}:users", "hidden", RedisArgument(DirectoryDocument.encode(hidden))))
            _ = try await redis.send(RedisCommand("INCR", "sc:{directory}:version"))
            try await writer.put([try self.user("b")])
            await eventually { try replicas[0].user(hidden.userID) != nil && replicas[0].user(UserID("b")) != nil }
            #expect(replicas[0].loads == loads + 1)
        }
    }

    @Test("a change whose entry is lost without a later one is found by the counter")
    func counterAlone() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.withReplicas(on: server) { redis, writer, replicas in
            try await writer.put([try self.user("a")])
            await eventually { try replicas[0].user(UserID("a")) != nil }
            let hidden = try self.user("hidden")
            _ = try await redis.send(
                RedisCommand(
                    "HSET", "sc:{directory}:users", "hidden", RedisArgument(DirectoryDocument.encode(hidden))))
            _ = try await redis.send(RedisCommand("INCR", "sc:{directory}:version"))
            await eventually { replicas[0].user(hidden.userID) != nil }
        }
    }

    @Test("an emptied Redis takes nobody's room, nor does what is written first; who is missing there is known")
    func emptied() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let (a, b) = (try self.user("a"), try self.user("b"))
        try await self.withReplicas(on: server, having: [a, b]) { _, writer, replicas in
            try server.flushAll()
            await eventually { replicas[0].version == 0 }
            #expect(replicas[0].user(a.userID) == a && replicas[0].user(b.userID) == b)
            #expect(replicas[0].lost == [a.userID, b.userID])
            let changed = NIOLockedValueBox<[DirectoryChange]>([])
            replicas[0].onChange { changes in changed.withLockedValue { $0 += changes } }
            try await writer.put([b])
            await eventually { replicas[0].version > 0 }
            #expect(replicas[0].user(a.userID) == a && replicas[0].user(b.userID) == b)
            #expect(replicas[0].lost == [a.userID] && changed.withLockedValue { $0.isEmpty })
            try await writer.put([a])
            await eventually { replicas[0].lost.isEmpty }
        }
    }

    @Test("a Redis that was killed and came back, with another writer's change meanwhile, is followed again")
    func restarted() async throws {
        let server = try await RedisServer.start(appendOnly: true)
        defer { server.stop() }
        try await self.withReplicas(on: server, having: [try self.user("a")]) {
            _, writer, replicas in
            server.kill()
            try await server.restart()
            await eventually {
                (try? await writer.put([try self.user("a", role: .corporal, version: 9)])) != nil
            }
            await eventually { try replicas[0].user(UserID("a"))?.role == .corporal }
        }
    }

    @Test("many users arrive in one order, without a hole, in batches")
    func many() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let users = try (0..<1_200).map { try self.user("u\($0)", squad: "s\($0 % 40)") }
        try await self.withReplicas(on: server) { _, writer, replicas in
            let written = try await writer.put(users)
            #expect(written == users.map(\.userID))
            await eventually { replicas[0].version == users.count + 40 }
            #expect(replicas[0].users().count == users.count && replicas[0].squads().count == 40)
            #expect(try replicas[0].users(in: SquadID("s7")).count == 30)
        }
    }

    @Test("a large directory is loaded in parts, and what is written meanwhile is in it")
    func parts() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let users = try (0..<3_000).map { try self.user("u\($0)", squad: "s\($0 % 40)") }
        try await self.withReplicas(on: server, having: users) { redis, writer, replicas in
            #expect(replicas[0].users().count == users.count && replicas[0].loads == 1)
            let late = DirectoryReplica(redis: redis, logger: Self.logger)
            let flaws = NIOLockedValueBox(0)
            late.onChange { changes in
                // Every part of one write is there, or none of it.
                let roles = Set(late.users().filter { $0.version > 1 }.map(\.role))
                if late.loads == 1, roles.count > 1 { flaws.withLockedValue { $0 += 1 } }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await late.run() }
                for (version, role) in [(2, Role.corporal), (3, .sergeant)] {
                    try await writer.put(
                        users.prefix(200).map { try self.user("\($0.userID)", role: role, version: version) })
                }
                try await late.waitUntilReady()
                await eventually { late.users().filter { $0.role == .sergeant }.count == 200 }
                group.cancelAll()
            }
            #expect(late.users().count == users.count && flaws.withLockedValue { $0 } == 0)
            #expect(try !server.command("INFO", "commandstats").contains("cmdstat_hvals"))
        }
    }

    @Test("a wrong type in any of its keys leaves nothing changed", arguments: 0..<4)
    func wrongType(index: Int) async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let keys = [
            RedisNames.directoryUsers, RedisNames.directorySquads, RedisNames.directoryVersion,
            RedisNames.directoryChanges,
        ]
        let redis = RedisClient(try RedisConfiguration(url: server.url), logger: Self.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await redis.run() }
            _ = try await redis.send(RedisCommand("SADD", RedisArgument(keys[index]), "poison"))
            await #expect(throws: RedisError.self) {
                try await DirectoryWriter(redis: redis).put([try self.user("a")])
            }
            let size = try await redis.send(RedisCommand("DBSIZE"))
            #expect(size.int == 1)
            group.cancelAll()
        }
    }
}
