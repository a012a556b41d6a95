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

/// From the engine's streams to the rooms' commands.
@Suite(.timeLimit(.minutes(3)))
struct SignalJourneyTests {
    private let life = IntegrationLife()

    @Test("a signal becomes one command in each squad's room, an outcome another; both acknowledged")
    func journey() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.life.running(server, data: try temporaryDirectory()) { redis in
            try await self.life.add(RedisNames.signals, self.life.signal("S1"), redis)
            try await self.life.add(RedisNames.outcomes, #"{"signal_id":"S1","outcome":"WIN","pips_result":30}"#, redis)
            for squad in ["alpha", "bravo"] {
                await eventually { try await self.life.commands(squad, redis).count == 2 }
                let commands = try await self.life.commands(squad, redis).sorted { $0.kind.rawValue < $1.kind.rawValue }
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

    @Test("a burst of 1000 signals reaches every room, in order, once")
    func burst() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.life.running(server, data: try temporaryDirectory()) { redis in
            let now = WallClock.milliseconds()
            let names = (0..<1_000).map { "BURST_\($0)" }
            let adds = names.map { name in
                RedisCommand.xadd(
                    RedisNames.signals, fields: [("event", RedisArgument(self.life.signal(name, at: now)))])
            }
            for result in try await redis.pipeline(adds) { _ = try result.get() }
            for squad in ["alpha", "bravo"] {
                await eventually(within: .seconds(60)) { try await self.life.commands(squad, redis).count >= 1_000 }
                let ids = try await self.life.commands(squad, redis).map(\.id)
                #expect(ids == names.map { "signal:\($0):squad_\(squad)" })
            }
        }
    }

    @Test("poison becomes dead letters with reasons; the signals between arrive")
    func poison() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.life.running(server, data: try temporaryDirectory()) { redis in
            let poison = [
                #"{"signal_id":"P","symbol":"X","direction":"BUY","confidence":1,"entry_price":NaN}"#, "no json", "",
                #"{"signal_id":"P","symbol":"X","direction":"BUY","confidence":1,"entry_price":"high"}"#,
            ]
            for (number, json) in poison.enumerated() {
                try await self.life.add(RedisNames.signals, json, redis)
                try await self.life.add(RedisNames.signals, self.life.signal("GOOD_\(number)"), redis)
            }
            try await self.life.add(RedisNames.userFeed, #"{"user_id":"a b","squad_id":"alpha"}"#, redis)
            await eventually { try await self.life.commands("alpha", redis).count == poison.count }
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
        try await self.life.running(server, data: try temporaryDirectory(), settings: ["SIGNAL_FRESH_SECONDS": "60"]) {
            redis in
            let old = self.life.signal("OLD", at: WallClock.milliseconds() - 61_000)
            try await self.life.add(RedisNames.signals, old, redis)
            await eventually { try await self.life.commands("alpha", redis).count == 1 }
            let command = try #require(try await self.life.commands("alpha", redis).first)
            let data = try JSONValue(parsing: command.data)
            #expect(data["stale"]?.boolean == true)
        }
    }

    @Test("a correction back is news: the newest result wins")
    func correctionBack() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.life.running(server, data: try temporaryDirectory()) { redis in
            for result in ["WIN", "LOSS", "WIN", "WIN", "LOSS"] {
                try await self.life.add(RedisNames.outcomes, #"{"signal_id":"S1","outcome":"\#(result)"}"#, redis)
            }
            await eventually { try await self.life.commands("alpha", redis).count == 5 }
            let ids = try await self.life.commands("alpha", redis).map(\.id)
            #expect(Set(ids).count == 4 && ids[2] == ids[3] && ids[0] != ids[2] && ids[1] != ids[4])
        }
    }

    @Test("an entry that is read again counts as it did")
    func counted() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.life.running(server, data: try temporaryDirectory()) { redis in
            let register = SignalRegister(redis: redis)
            let signal = try SignalID("S1")
            let results = ["win", "loss", "win"].enumerated().map { number, digest in
                (signal: signal, digest: digest, entry: StreamID(milliseconds: UInt64(number), sequence: 0))
            }
            #expect(try await register.count(results) == [1, 1, 2])
            #expect(try await register.count(results) == [1, 1, 2])
            // One of which something else is said each second does not grow without end, and what is read again counts as it did.
            let many = (0..<600).map { number in
                (
                    signal: results[0].signal, digest: "x\(number)",
                    entry: StreamID(milliseconds: 1_000_000, sequence: UInt64(number))
                )
            }
            _ = try await register.count(many)
            let size = try await redis.send(
                RedisCommand("HLEN", RedisArgument(IntegrationKeys.results(results[0].signal))))
            #expect(size.int ?? 0 < 700)
            let last =
                Array(many.suffix(50)) + [(results[0].signal, "x598", StreamID(milliseconds: 1_000_001, sequence: 0))]
            #expect(try await register.count(last) == Array(repeating: 1, count: 50) + [2])
            #expect(try await register.count(last) == Array(repeating: 1, count: 50) + [2])
        }
    }

    @Test("a signal of the future, beyond what clocks differ, is not news")
    func future() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.life.running(server, data: try temporaryDirectory()) { redis in
            for (name, ahead) in [("SOON", 45_000), ("FUTURE", 75_000), ("MT5", 3 * 3_600_000)] {
                let signal = self.life.signal(name, at: WallClock.milliseconds() + Int64(ahead))
                try await self.life.add(RedisNames.signals, signal, redis)
            }
            await eventually { try await self.life.commands("alpha", redis).count == 3 }
            let stale = try await self.life.commands("alpha", redis).map {
                try JSONValue(parsing: $0.data)["stale"]?.boolean == true
            }
            #expect(stale == [false, true, true])
        }
    }

    @Test("a result without a time that is delivered twice is one result")
    func repeatedOutcome() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.life.running(server, data: try temporaryDirectory()) { redis in
            for result in ["PENDING", "WIN", "WIN"] {
                try await self.life.add(RedisNames.outcomes, #"{"signal_id":"S1","outcome":"\#(result)"}"#, redis)
            }
            await eventually { try await self.life.commands("alpha", redis).count == 3 }
            let commands = try await self.life.commands("alpha", redis)
            #expect(commands[1].id == commands[2].id && commands[1].data == commands[2].data)
            #expect(commands[0].id != commands[1].id)
        }
    }
}
