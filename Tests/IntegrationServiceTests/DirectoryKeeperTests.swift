import Directory
import Domain
import Foundation
import Logging
import Redis
import TestSupport
import Testing
import WireContract

@testable import IntegrationService

/// What outlives a Redis that loses the directory.
@Suite(.timeLimit(.minutes(2)))
struct DirectoryKeeperTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private struct Bench: Sendable {
        let server: RedisServer
        let writer: DirectoryWriter
        let replica: DirectoryReplica
        let keeper: DirectoryKeeper
        let file: String

        func stored() throws -> Int {
            Int(try self.server.command("HLEN", RedisNames.directoryUsers).dropFirst().prefix { $0.isNumber }) ?? -1
        }

        func saved() throws -> String { try String(contentsOfFile: self.file, encoding: .utf8) }
    }

    /// A keeper that looks when the test says so, with `lines` in its file.
    private func withKeeper(
        lines: String? = nil, _ body: @Sendable @escaping (Bench) async throws -> Void
    ) async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let data = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: data) }
        let file = data + "/integration/directory.jsonl"
        if let lines {
            try FileManager.default.createDirectory(atPath: data + "/integration", withIntermediateDirectories: true)
            try lines.write(toFile: file, atomically: true, encoding: .utf8)
        }
        let redis = RedisClient(try RedisConfiguration(url: server.url), logger: Self.logger)
        let replica = DirectoryReplica(redis: redis, logger: Self.logger)
        let writer = DirectoryWriter(redis: redis)
        let keeper = DirectoryKeeper(
            replica: replica, writer: writer, isDemo: false, dataDirectory: data, logger: Self.logger)
        let bench = Bench(server: server, writer: writer, replica: replica, keeper: keeper, file: file)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await redis.run() }
            group.addTask { try await replica.run() }
            try await replica.waitUntilReady()
            try await body(bench)
            group.cancelAll()
        }
    }

    private func user(_ id: String, role: Role = .recruit, version: Int = 1) throws -> DirectoryUser {
        try DirectoryUser(
            userID: UserID(id), username: id, callsign: id, squadID: SquadID("alpha"), role: role, rank: "R",
            version: version)
    }

    @Test("one write into an emptied Redis costs nobody's entry, neither there nor in the file")
    func writtenFirst() async throws {
        try await self.withKeeper { bench in
            try await bench.writer.put(["a", "b", "c"].map { try self.user($0) })
            await eventually { bench.replica.users().count == 3 }
            await bench.keeper.look()
            #expect(try bench.saved().split(separator: "\n").count == 3)
            let version = bench.replica.version
            // Between two looks of the keeper: Redis is emptied, and somebody signs in.
            try bench.server.flushAll()
            let newcomer = try self.user("d")
            try await bench.writer.put([try self.user("b", role: .corporal, version: 2), newcomer])
            await eventually { (1..<version).contains(bench.replica.version) && !bench.replica.lost.isEmpty }
            await bench.keeper.look()
            #expect(try bench.stored() == 4)
            let saved = try bench.saved()
            for id in ["a", "b", "c", "d"] { #expect(saved.contains(#""user_id":"\#(id)""#)) }
            #expect(saved.contains("corporal"), "and the newer entry won")
            await eventually { bench.replica.lost.isEmpty }
        }
    }

    @Test("who is in the file only, or newer there, is written back; a save before that drops nobody")
    func fileKnowsMore() async throws {
        let lines = try ["a", "b"].map {
            String(decoding: DirectoryRecord.json(of: try self.user($0, version: 5)), as: UTF8.self)
        }
        try await self.withKeeper(lines: lines.joined(separator: "\n") + "\n") { bench in
            // Redis came back without its last writes.
            try await bench.writer.put([try self.user("a", role: .observer, version: 3)])
            await eventually { bench.replica.users().count == 1 }
            await bench.keeper.look()
            #expect(try bench.stored() == 2)
            #expect(try bench.saved().split(separator: "\n").count == 2)
            let first = try #require(lines.first)
            #expect(try bench.server.command("HGET", RedisNames.directoryUsers, "a").contains(first))
        }
    }

    @Test("a line of the file that is no user stays there for a person to mend; an unreadable file is left alone")
    func slips() async throws {
        let slip = #"{"user_id":"x","squad_id":"alpha","email":"a@b@c"}"#
        try await self.withKeeper(lines: slip + "\n") { bench in
            try await bench.writer.put([try self.user("a")])
            await eventually { bench.replica.users().count == 1 }
            await bench.keeper.look()
            let saved = try bench.saved()
            #expect(saved.contains(slip) && saved.contains(#""user_id":"a""#))
        }
        try await self.withKeeper { bench in
            // A directory in its place: there is something, and it cannot be read.
            try FileManager.default.createDirectory(atPath: bench.file, withIntermediateDirectories: true)
            await bench.keeper.look()
            #expect(!bench.keeper.hasFilled)
        }
    }
}
