import Directory
import Domain
import Foundation
import JSON
import Logging
import Redis
import ServiceLifecycle
import ServiceRuntime
import TestSupport
import Testing
import WireContract
import WorkQueue

@testable import IntegrationService

/// Lives of the whole service against a real Redis; chat's part is read from the command streams.
struct IntegrationLife {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// One life of the service, and a client beside it.
    ///
    /// - Parameter isStandby: Another process consumes the signals, so nothing of them is waited for.
    func running(
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

    func groupExists(_ redis: RedisClient) async throws -> Bool {
        let signals = try await StreamLag.read(RedisNames.signals, group: RedisNames.engineGroup, redis: redis)
        let users = try await redis.send(RedisCommand("HLEN", "sc:{directory}:users"))
        return signals != nil && users.int == 7
    }

    func signal(_ id: String, at moment: Int64 = WallClock.milliseconds()) -> String {
        """
        {"signal_id":"\(id)","symbol":"EURUSD","direction":"BUY","confidence":80.5,"entry_price":1.1,"stop_loss":1.09,\
        "take_profit":1.13,"timestamp":\(moment)}
        """
    }

    func add(_ stream: String, _ json: String, _ redis: RedisClient) async throws {
        try await redis.xadd(stream, fields: [("event", RedisArgument(json))])
    }

    static func stream(_ squad: String) -> String {
        RedisNames.commands(PartitionMap.partition(of: "squad_\(squad)", of: 16))
    }

    func commands(_ squad: String, _ redis: RedisClient) async throws -> [ChatCommand] {
        try await redis.xrange(Self.stream(squad)).map { entry in
            try ChatCommand { name in entry[name].map { Array($0.readableBytesView) } }
        }.filter { $0.room == "squad_\(squad)" }
    }
}
