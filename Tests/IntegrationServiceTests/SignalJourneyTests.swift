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

/// The whole service against a real Redis; chat's part is read from the command streams.
@Suite(.timeLimit(.minutes(3)))
struct SignalJourneyTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// One life of the service, and a client beside it.
    ///
    /// - Parameter isStandby: Another process consumes the signals, so nothing of them is waited for.
    private func running(
        _ server: RedisServer, data: String, settings: [String: String] = [:], isStandby: Bool = false,
        _ body: (RedisClient) async throws -> Void
    ) async throws {
        var environment = ["REDIS_URL": server.url, "DEMO_MODE": "1", "DATA_DIR": data]
        environment.merge(settings) { $1 }
        var reader = try SettingsReader(environment: environment)
        let assembly = try await IntegrationAssembly(
            try IntegrationConfiguration(&reader), logger: Self.logger)
        let redis = RedisClient(try RedisConfiguration(url: server.url), logger: Self.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await redis.run() }
            // Cancelled without a shutdown: to everybody else as sudden as the end of the process.
            for service in assembly.services { group.addTask { try await service.run() } }
            await eventually {
                if !isStandby, try await !self.groupExists(redis) { return false }
                return redis.current != nil
            }
            try await body(redis)
            group.cancelAll()
        }
    }

    private func groupExists(_ redis: RedisClient) async throws -> Bool {
        let signals = try await StreamLag.read(RedisNames.signals, group: RedisNames.engineGroup, redis: redis)
        let users = try await redis.send(RedisCommand("HLEN", "sc:{directory}:users"))
        return signals != nil && users.int == 7
    }

    private func signal(_ id: String, at moment: Int64 = WallClock.milliseconds()) -> String {
        """
        {"signal_id":"\(id)","symbol":"EURUSD","direction":"BUY","confidence":80.5,"entry_price":1.1,"stop_loss":1.09,\
        "take_profit":1.13,"timestamp":\(moment)}
        """
    }

    private func add(_ stream: String, _ json: String, _ redis: RedisClient) async throws {
        try await redis.xadd(stream, fields: [("event", RedisArgument(json))])
    }

    private static func stream(_ squad: String) -> String {
        RedisNames.commands(PartitionMap.partition(of: "squad_\(squad)", of: 16))
    }

    private func commands(_ squad: String, _ redis: RedisClient) async throws -> [ChatCommand] {
        try await redis.xrange(Self.stream(squad)).map { entry in
            try ChatCommand { name in entry[name].map { Array($0.readableBytesView) } }
        }.filter { $0.room == "squad_\(squad)" }
    }

    @Test("a signal becomes one command in each squad's room, an outcome another; both acknowledged")
    func journey() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.running(server, data: try temporaryDirectory()) { redis in
            try await self.add(RedisNames.signals, self.signal("S1"), redis)
            try await self.add(RedisNames.outcomes, #"{"signal_id":"S1","outcome":"WIN","pips_result":30}"#, redis)
            for squad in ["alpha", "bravo"] {
                await eventually { try await self.commands(squad, redis).count == 2 }
                let commands = try await self.commands(squad, redis).sorted { $0.kind.rawValue < $1.kind.rawValue }
                #expect(commands.map(\.kind) == [.postSignal, .updateSignal])
                #expect(commands[0].id == "signal:S1:squad_\(squad)" && commands[0].user.isEmpty)
                let (signal, outcome) = (
                    try JSONValue(parsing: commands[0].data), try JSONValue(parsing: commands[1].data)
                )
                #expect(signal["stale"] == nil && outcome["outcome"]?.string == "WIN")
            }
            await eventually { try await redis.xpending(RedisNames.signals, group: RedisNames.engineGroup).count == 0 }
            let kept = try await redis.xlen(RedisNames.signals)
            #expect(kept == 1, "the engine's stream is the engine's to trim")
        }
    }

    @Test("killed between two squads, the next life sends both under the same ids; nothing was acknowledged early")
    func killedBetweenSquads() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let data = try temporaryDirectory()
        try await self.running(server, data: data) { redis in
            // The second squad's stream refuses everything: the first has its command, the second has not.
            _ = try await redis.send(RedisCommand("SET", RedisArgument(Self.stream("bravo")), "in the way"))
            try await self.add(RedisNames.signals, self.signal("S1"), redis)
            await eventually { try await !self.commands("alpha", redis).isEmpty }
            let pending = try await redis.xpending(RedisNames.signals, group: RedisNames.engineGroup)
            #expect(pending.count == 1)
        }
        try server.command("DEL", Self.stream("bravo"))
        try await self.running(server, data: data) { redis in
            await eventually { try await self.commands("bravo", redis).count == 1 }
            await eventually { try await redis.xpending(RedisNames.signals, group: RedisNames.engineGroup).count == 0 }
            let ids = Set(try await self.commands("alpha", redis).map(\.id))
            #expect(ids == ["signal:S1:squad_alpha"], "chat knows a repeat by its id")
            let commands = try await self.commands("alpha", redis)
            #expect(Set(commands.map(\.data)).count == 1, "and by its content")
        }
    }

    @Test("a burst of 1000 signals reaches every room, in order, once")
    func burst() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.running(server, data: try temporaryDirectory()) { redis in
            let now = WallClock.milliseconds()
            let names = (0..<1_000).map { "BURST_\($0)" }
            let adds = names.map { name in
                RedisCommand.xadd(
                    RedisNames.signals, fields: [("event", RedisArgument(self.signal(name, at: now)))])
            }
            for result in try await redis.pipeline(adds) { _ = try result.get() }
            for squad in ["alpha", "bravo"] {
                await eventually(within: .seconds(60)) { try await self.commands(squad, redis).count >= 1_000 }
                let ids = try await self.commands(squad, redis).map(\.id)
                #expect(ids == names.map { "signal:\($0):squad_\(squad)" })
            }
        }
    }

    @Test("poison becomes dead letters with reasons; the signals between arrive")
    func poison() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.running(server, data: try temporaryDirectory()) { redis in
            let poison = [
                #"{"signal_id":"P","symbol":"X","direction":"BUY","confidence":1,"entry_price":NaN}"#, "no json", "",
                #"{"signal_id":"P","symbol":"X","direction":"BUY","confidence":1,"entry_price":"high"}"#,
            ]
            for (number, json) in poison.enumerated() {
                try await self.add(RedisNames.signals, json, redis)
                try await self.add(RedisNames.signals, self.signal("GOOD_\(number)"), redis)
            }
            try await self.add(RedisNames.userFeed, #"{"user_id":"a b","squad_id":"alpha"}"#, redis)
            await eventually { try await self.commands("alpha", redis).count == poison.count }
            let dead = DeadLetters(redis: redis, stream: IntegrationKeys.deadLetters)
            await eventually { try await dead.count() == poison.count + 1 }
            let letters = try await dead.list()
            #expect(letters.allSatisfy { !$0.reason.isEmpty })
            // Replayed through a stream of our own: the engine's other readers see nothing of it.
            let length = try await redis.xlen(RedisNames.signals)
            let letter = try #require(letters.first { $0.source == RedisNames.signals })
            try await dead.replay(letter.id)
            await eventually { try await redis.xlen(IntegrationKeys.replayedSignals) == 1 }
            let after = try await redis.xlen(RedisNames.signals)
            #expect(after == length)
        }
    }

    @Test("an old signal is posted marked stale")
    func stale() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.running(server, data: try temporaryDirectory(), settings: ["SIGNAL_FRESH_SECONDS": "60"]) {
            redis in
            let old = self.signal("OLD", at: WallClock.milliseconds() - 61_000)
            try await self.add(RedisNames.signals, old, redis)
            await eventually { try await self.commands("alpha", redis).count == 1 }
            let command = try #require(try await self.commands("alpha", redis).first)
            let data = try JSONValue(parsing: command.data)
            #expect(data["stale"]?.boolean == true)
        }
    }

    @Test("only the first start begins at $; a signal added while Redis was emptied and we were away is not missed")
    func firstStart() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let data = try temporaryDirectory()
        try server.command("XADD", "signals", "*", "event", self.signal("BEFORE"))
        try await self.running(server, data: data) { redis in
            try await self.add(RedisNames.signals, self.signal("FIRST"), redis)
            await eventually { try await self.commands("alpha", redis).map(\.id) == ["signal:FIRST:squad_alpha"] }
        }
        try server.flushAll()
        try server.command("XADD", "signals", "*", "event", self.signal("MEANWHILE"))
        try await self.running(server, data: data) { redis in
            await eventually { try await self.commands("alpha", redis).map(\.id) == ["signal:MEANWHILE:squad_alpha"] }
        }
    }

    @Test("who stood by since the very first start takes over from the beginning of a stream that lost its group")
    func standby() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let data = try temporaryDirectory()
        try server.command("SET", IntegrationKeys.lease(RedisNames.signals), "another process")
        try await self.running(server, data: data, isStandby: true) { redis in
            // The other made the group; then Redis was emptied, the engine went on, and the other died.
            try FirstStart(dataDirectory: data).remember()
            try await self.add(RedisNames.signals, self.signal("MEANWHILE"), redis)
            try server.command("DEL", IntegrationKeys.lease(RedisNames.signals))
            await eventually { try await self.commands("alpha", redis).map(\.id) == ["signal:MEANWHILE:squad_alpha"] }
        }
    }

    @Test("a result without a time that is delivered twice is one result")
    func repeatedOutcome() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.running(server, data: try temporaryDirectory()) { redis in
            for result in ["PENDING", "WIN", "WIN"] {
                try await self.add(RedisNames.outcomes, #"{"signal_id":"S1","outcome":"\#(result)"}"#, redis)
            }
            await eventually { try await self.commands("alpha", redis).count == 3 }
            let commands = try await self.commands("alpha", redis)
            #expect(commands[1].id == commands[2].id && commands[1].data == commands[2].data)
            #expect(commands[0].id != commands[1].id)
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
        try await self.running(server, data: data) { redis in
            let first = try await role(redis)
            #expect(first == "recruit")
            try await self.add(
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
        try await self.running(server, data: data) { redis in
            let again = try await role(redis)
            #expect(again == "corporal")
        }
    }
}
