import Logging
import Redis
import TestSupport
import Testing
import WireContract
import WorkQueue

@testable import IntegrationService

/// What is told of the engine's stream.
struct SignalLagTests {
    @Test("signals that were trimmed unread are counted once, by whichever process looks, and stay counted")
    func lost() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let redis = RedisClient(try RedisConfiguration(url: server.url), logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await redis.run() }
            func add(_ count: Int) async throws {
                for _ in 0..<count {
                    _ = try await redis.send(
                        RedisCommand("XADD", RedisArgument(RedisNames.signals), "MAXLEN", 10, "*", "event", "{}"))
                }
            }
            func take() async throws {
                let name = RedisArgument(RedisNames.engineGroup)
                let reply = try await redis.send(
                    RedisCommand("XREADGROUP", "GROUP", name, "a", "STREAMS", RedisArgument(RedisNames.signals), ">"))
                for entry in reply.array?.first?.array?.last?.array ?? [] {
                    let id = RedisArgument(entry.array?.first?.string ?? "")
                    _ = try await redis.send(RedisCommand("XACK", RedisArgument(RedisNames.signals), name, id))
                }
            }
            func lag() -> SignalLag { SignalLag(redis: redis, warnAt: 500, logger: Logger(label: "test")) }
            let (one, other) = (lag(), lag())
            await one.look()
            #expect(one.latest == nil)
            _ = try await redis.send(
                RedisCommand(
                    "XGROUP", "CREATE", RedisArgument(RedisNames.signals), RedisArgument(RedisNames.engineGroup), 0,
                    "MKSTREAM"))
            try await add(4)
            try await take()
            for (added, waiting, lost) in [(0, 0, 0), (30, 10, 20), (5, 10, 25)] {
                try await add(added)
                for look in [one, other] {
                    await look.look()
                    #expect(look.latest == SignalLag.Reading(waiting: waiting, lost: lost))
                }
            }
            try await take()
            try await add(3)
            // Another life of the process; and a group that was made again begins to count anew.
            let next = lag()
            await next.look()
            #expect(next.latest == SignalLag.Reading(waiting: 3, lost: 25))
            _ = try await redis.send(
                RedisCommand(
                    "XGROUP", "DESTROY", RedisArgument(RedisNames.signals), RedisArgument(RedisNames.engineGroup)))
            _ = try await redis.send(
                RedisCommand(
                    "XGROUP", "CREATE", RedisArgument(RedisNames.signals), RedisArgument(RedisNames.engineGroup), 0))
            try await take()
            await next.look()
            #expect(next.latest == SignalLag.Reading(waiting: 0, lost: 25))
            try await add(11)
            await next.look()
            #expect(next.latest == SignalLag.Reading(waiting: 10, lost: 26))
            group.cancelAll()
        }
    }
}
