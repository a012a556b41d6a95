import Domain
import Foundation
import Logging
import Redis
import TestSupport
import Testing
import WireContract
import WorkQueue

@testable import IntegrationService

/// One `signal_id` for two trades.
@Suite(.timeLimit(.minutes(2)))
struct UsedNameTests {
    private let life = IntegrationLife()

    private func signal(_ id: String, _ symbol: String, _ direction: String, entry: String = "1.1") -> String {
        #"{"signal_id":"\#(id)","symbol":"\#(symbol)","direction":"\#(direction)","confidence":80,"entry_price":\#(entry)}"#
    }

    private func reasons(_ redis: RedisClient) async throws -> [String] {
        try await DeadLetters(redis: redis, stream: IntegrationKeys.deadLetters).list().map(\.reason)
    }

    @Test("another symbol or side under a used id is a dead letter that names the first; a repeat is a repeat")
    func refused() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.life.running(server, data: try temporaryDirectory()) { redis in
            for json in [
                self.signal("S1", "EURUSD", "BUY"), self.signal("S1", "GBPUSD", "BUY"),
                self.signal("S1", "EURUSD", "SELL"), self.signal("S1", "eurusd", "long"),
                self.signal("S2", "GBPUSD", "SELL"),
            ] { try await self.life.add(RedisNames.signals, json, redis) }
            await eventually { try await self.life.commands("alpha", redis).count == 3 }
            let ids = try await self.life.commands("alpha", redis).map(\.id)
            #expect(ids == ["signal:S1:squad_alpha", "signal:S1:squad_alpha", "signal:S2:squad_alpha"])
            await eventually { try await self.reasons(redis).count == 2 }
            let reasons = try await self.reasons(redis)
            #expect(reasons.allSatisfy { $0.contains("signal_id S1 is already EURUSD BUY") })
            #expect(reasons.contains { $0.contains("GBPUSD BUY") } && reasons.contains { $0.contains("EURUSD SELL") })
        }
    }

    @Test("neither a repeat nor a refusal keeps an id for longer than its first use does")
    func forgotten() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.life.running(server, data: try temporaryDirectory()) { redis in
            try await self.life.add(RedisNames.signals, self.signal("S1", "EURUSD", "BUY"), redis)
            await eventually { try await self.life.commands("alpha", redis).count == 1 }
            let key = RedisArgument(IntegrationKeys.signal(try SignalID("S1")))
            _ = try await redis.send(RedisCommand("EXPIRE", key, 100))
            for direction in ["BUY", "SELL"] {
                try await self.life.add(RedisNames.signals, self.signal("S1", "EURUSD", direction), redis)
            }
            await eventually { try await self.reasons(redis).count == 1 }
            #expect(try await redis.send(RedisCommand("TTL", key)).int ?? 999 <= 100)
        }
    }

    @Test("the same across a restart, and in one batch")
    func restart() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let folder = try temporaryDirectory()
        try await self.life.running(server, data: folder) { redis in
            try await self.life.add(RedisNames.signals, self.signal("S1", "EURUSD", "BUY"), redis)
            await eventually { try await self.life.commands("alpha", redis).count == 1 }
        }
        try await self.life.running(server, data: folder) { redis in
            try await self.life.add(RedisNames.signals, self.signal("S1", "GBPUSD", "BUY"), redis)
            await eventually { try await self.reasons(redis).count == 1 }
            #expect(try await self.life.commands("alpha", redis).count == 1)
        }
    }

    @Test("what somebody put in the place of the note stops nothing")
    func brokenNote() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.life.running(server, data: try temporaryDirectory()) { redis in
            for name in ["S1", "O1"] {
                _ = try await redis.send(RedisCommand("SET", "sc:{integration}:signal:\(name)", "x"))
            }
            try await self.life.add(RedisNames.signals, self.signal("S1", "EURUSD", "BUY"), redis)
            try await self.life.add(RedisNames.outcomes, #"{"signal_id":"O1","outcome":"WIN"}"#, redis)
            await eventually { try await self.life.commands("alpha", redis).count == 2 }
        }
    }

    @Test("an outcome of the refused trade marks nobody's card, and of an id used twice it says which it means")
    func outcome() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.life.running(server, data: try temporaryDirectory()) { redis in
            for json in [
                self.signal("S1", "EURUSD", "BUY"), self.signal("S1", "GBPUSD", "BUY"),
                self.signal("S2", "EURUSD", "BUY"),
            ] { try await self.life.add(RedisNames.signals, json, redis) }
            await eventually { try await self.reasons(redis).count == 1 }
            for json in [
                #"{"signal_id":"S1","outcome":"WIN","symbol":"GBPUSD","direction":"BUY"}"#,
                #"{"signal_id":"S1","outcome":"WIN"}"#, #"{"signal_id":"S2","outcome":"WIN","direction":"SELL"}"#,
                #"{"signal_id":"S1","outcome":"WIN","symbol":"EURUSD"}"#, #"{"signal_id":"S2","outcome":"WIN"}"#,
                #"{"signal_id":"S3","outcome":"WIN"}"#,
            ] { try await self.life.add(RedisNames.outcomes, json, redis) }
            await eventually { try await self.reasons(redis).count == 4 }
            await eventually { try await self.life.commands("alpha", redis).count == 5 }
            let ids = try await self.life.commands("alpha", redis).map(\.id)
            #expect(ids.filter { $0.hasPrefix("outcome:S1") }.count == 1)
            #expect(ids.contains { $0.hasPrefix("outcome:S2") } && ids.contains { $0.hasPrefix("outcome:S3") })
            let reasons = try await self.reasons(redis)
            #expect(reasons.contains { $0.contains("S1 is EURUSD BUY, and the outcome speaks of GBPUSD BUY") })
            #expect(reasons.contains { $0.contains("does not say which") } && reasons.contains { $0.contains("SELL") })
        }
    }
}
