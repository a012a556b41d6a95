import Directory
import Domain
import Foundation
import JSON
import Logging
import NIOConcurrencyHelpers
import NIOCore
import Redis
import ServiceLifecycle
import ServiceRuntime
import TestSupport
import Testing
import WireContract
import WorkQueue

@testable import IntegrationService

/// What a life of the service leaves to the next, and what an emptied Redis gets back.
@Suite(.timeLimit(.minutes(3)))
struct IntegrationRestartTests {
    private let life = IntegrationLife()

    @Test("killed between two squads, the next life sends both under the same ids; nothing was acknowledged early")
    func killedBetweenSquads() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let data = try temporaryDirectory()
        try await self.life.running(server, data: data) { redis in
            // The second squad's stream refuses everything: the first has its command, the second has not.
            _ = try await redis.send(RedisCommand("SET", RedisArgument(IntegrationLife.stream("bravo")), "in the way"))
            try await self.life.add(RedisNames.signals, self.life.signal("S1"), redis)
            await eventually { try await !self.life.commands("alpha", redis).isEmpty }
            let pending = try await redis.xpending(RedisNames.signals, group: RedisNames.engineGroup)
            #expect(pending.count == 1)
        }
        try server.command("DEL", IntegrationLife.stream("bravo"))
        try await self.life.running(server, data: data) { redis in
            await eventually { try await self.life.commands("bravo", redis).count == 1 }
            await eventually { try await redis.xpending(RedisNames.signals, group: RedisNames.engineGroup).count == 0 }
            let ids = Set(try await self.life.commands("alpha", redis).map(\.id))
            #expect(ids == ["signal:S1:squad_alpha"], "chat knows a repeat by its id")
            let commands = try await self.life.commands("alpha", redis)
            #expect(Set(commands.map(\.data)).count == 1, "and by its content")
        }
    }

    @Test("only the first start begins at $; a signal added while Redis was emptied and we were away is not missed")
    func firstStart() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let data = try temporaryDirectory()
        try server.command("XADD", "signals", "*", "event", self.life.signal("BEFORE"))
        try await self.life.running(server, data: data) { redis in
            try await self.life.add(RedisNames.signals, self.life.signal("FIRST"), redis)
            await eventually { try await self.life.commands("alpha", redis).map(\.id) == ["signal:FIRST:squad_alpha"] }
        }
        try server.flushAll()
        try server.command("XADD", "signals", "*", "event", self.life.signal("MEANWHILE"))
        try await self.life.running(server, data: data) { redis in
            await eventually {
                try await self.life.commands("alpha", redis).map(\.id) == ["signal:MEANWHILE:squad_alpha"]
            }
        }
    }

    @Test("who stood by since the very first start takes over from the beginning of a stream that lost its group")
    func standby() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let data = try temporaryDirectory()
        try server.command("SET", IntegrationKeys.lease(RedisNames.signals), "another process")
        try await self.life.running(server, data: data, isStandby: true) { redis in
            // The other made the group; then Redis was emptied, the engine went on, and the other died.
            try FirstStart(dataDirectory: data).remember()
            try await self.life.add(RedisNames.signals, self.life.signal("MEANWHILE"), redis)
            try server.command("DEL", IntegrationKeys.lease(RedisNames.signals))
            await eventually {
                try await self.life.commands("alpha", redis).map(\.id) == ["signal:MEANWHILE:squad_alpha"]
            }
        }
    }

    @Test("an import wins over the demo, the feed over both, and an emptied Redis gets all of them back")
    func directory() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let data = try temporaryDirectory()
        func role(_ redis: RedisClient) async throws -> String? {
            let value = try await redis.send(RedisCommand("HGET", "sc:{directory}:users", "nomad-7"))
            return value.buffer.flatMap { try? JSONValue(parsing: $0.readableBytesView)["role"]?.string }
        }
        try await self.life.running(server, data: data) { redis in
            let first = try await role(redis)
            #expect(first == "recruit")
            try await self.life.add(
                RedisNames.userFeed, #"{"user_id":"nomad-7","squad_id":"alpha","role":"corporal"}"#, redis)
            await eventually { try await role(redis) == "corporal" }
            try server.flushAll()
            await eventually { try await role(redis) == "corporal" }
            await eventually {
                try String(contentsOfFile: data + "/integration/directory.jsonl", encoding: .utf8).contains("corporal")
            }
        }
        // Emptied while nobody was there: the file knows.
        try server.flushAll()
        try await self.life.running(server, data: data) { redis in
            let again = try await role(redis)
            #expect(again == "corporal")
        }
    }
}
