import Logging
import Metrics
import NIOConcurrencyHelpers
import Redis
import ServiceLifecycle
import WireContract
import WorkQueue

/// Watches how far our group is behind the engine. The engine trims its stream to about 1000 entries, read or not, so
/// falling behind is losing signals.
final class SignalLag: Service, Sendable {
    /// What one look found.
    struct Reading: Sendable, Equatable {
        /// Not taken or not acknowledged yet.
        var waiting = 0
        /// Trimmed before they were taken, since this Redis was begun with.
        var lost = 0
    }

    private let redis: RedisClient
    private let stream: String
    private let warnAt: Int
    private let logger: Logger
    private let reading = NIOLockedValueBox<Reading?>(nil)
    private let waitingGauge = Gauge(label: "squadchat_integration_signals_waiting")
    private let lostGauge = Gauge(label: "squadchat_integration_signals_lost")

    init(redis: RedisClient, stream: String = RedisNames.signals, warnAt: Int, logger: Logger) {
        self.redis = redis
        self.stream = stream
        self.warnAt = warnAt
        self.logger = logger
    }

    /// The last look; nil before the first and while the group is missing.
    var latest: Reading? { self.reading.withLockedValue { $0 } }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.look()
                try? await Task.sleep(for: self.latest == nil ? .milliseconds(100) : .seconds(2))
            }
        }
    }

    func look() async {
        let found: Reading
        do {
            guard let lag = try await StreamLag.read(self.stream, group: RedisNames.engineGroup, redis: self.redis)
            else { return self.reading.withLockedValue { $0 = nil } }
            found = Reading(waiting: lag.waiting, lost: try await self.lost(lag))
        } catch { return self.reading.withLockedValue { $0 = nil } }
        let before = self.reading.withLockedValue { reading in
            defer { reading = found }
            return reading
        }
        self.waitingGauge.record(found.waiting)
        self.lostGauge.record(found.lost)
        if found.waiting >= self.warnAt, (before?.waiting ?? 0) < self.warnAt {
            self.logger.warning(
                "far behind the engine, which keeps about 1000 signals", metadata: ["waiting": "\(found.waiting)"])
        }
    }

    /// The sum of all that was lost. What a look finds is added once, whoever looks.
    private func lost(_ lag: StreamLag) async throws(RedisError) -> Int {
        // Unknown is as before; only until a group that an earlier release made has been given the newest.
        guard let passedBy = lag.passedBy else { return self.latest?.lost ?? 0 }
        let reply = try await self.redis.evaluate(
            Self.account, keys: [IntegrationKeys.lostSignals],
            arguments: [RedisArgument(passedBy), RedisArgument(lag.at)])
        let numbers = reply.array?.compactMap(\.int) ?? []
        guard numbers.count == 2 else { throw .unexpectedReply("account_lost") }
        if numbers[1] > 0 {
            self.logger.error(
                "signals were trimmed before they were taken",
                metadata: ["now": "\(numbers[1])", "in all": "\(numbers[0])"])
        }
        return numbers[0]
    }

    private static let account = RedisScript(name: "account_lost", source: PackageResources.account_lost_lua)
}
