import Foundation
import Logging
import NIOPosix
import Redis
import TestSupport

/// The trading engine, as far as Redis can tell.
struct Engine {
    private let connection: RedisConnection

    static func connect(_ suite: RunningSuite) async throws -> Engine {
        Engine(connection: try await suite.connectToRedis())
    }

    func add(_ stream: String, _ fields: [String: String]) async throws {
        var arguments: [RedisArgument] = ["XADD", RedisArgument(stream), "*"]
        for (name, value) in fields { arguments += [RedisArgument(name), RedisArgument(value)] }
        _ = try await self.connection.send(RedisCommand(arguments))
    }

    /// A signal as the engine writes it.
    static func signal(_ id: String, symbol: String = "EURUSD") -> String {
        """
        {"signal_id":"\(id)","pair":"\(symbol)","symbol":"\(symbol)","direction":"BUY","pattern":"ORDER_BLOCK_BOUNCE",\
        "pattern_type":"ORDER_BLOCK_BOUNCE","signal_class":"SNIPER","confidence":87.4,"entry_price":1.0842,\
        "stop_loss":1.08215,"take_profit":1.0883,"stop_pips":20.5,"target_pips":41,"risk_reward":2.0,\
        "timestamp":"\(ISO8601DateFormatter().string(from: Date()))","session":"LONDON","quality_tier":"PREMIUM"}
        """
    }
}

extension RunningSuite {
    /// A connection to look into Redis with, past the suite.
    func connectToRedis() async throws -> RedisConnection {
        try await RedisConnection.connect(
            RedisConfiguration(url: self.redis.url), on: MultiThreadedEventLoopGroup.singleton.any(),
            logger: Logger(label: "test"))
    }
}
