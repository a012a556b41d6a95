import Logging
import Metrics
import NIOConcurrencyHelpers
import Redis
import ServiceLifecycle
import WireContract

/// Watches how far our group is behind the engine. The engine trims its stream to about 1000 entries, read or not, so
/// falling behind is losing signals.
final class SignalLag: Service, Sendable {
    /// What one look found.
    struct Reading: Sendable, Equatable {
        /// Not taken or not acknowledged yet.
        var waiting = 0
        /// Trimmed before they were taken; what Redis can count of it.
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
        guard let found = try? await Self.read(self.stream, group: RedisNames.engineGroup, redis: self.redis) else {
            self.reading.withLockedValue { $0 = nil }
            return
        }
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
        if found.lost > (before?.lost ?? 0) {
            self.logger.error("signals were trimmed before they were taken", metadata: ["lost": "\(found.lost)"])
        }
    }

    /// - Returns: Nil when stream or group is missing.
    static func read(_ stream: String, group: String, redis: RedisClient) async throws(RedisError) -> Reading? {
        let name = RedisArgument(stream)
        let results = try await redis.pipeline([
            RedisCommand("XINFO", "STREAM", name), RedisCommand("XINFO", "GROUPS", name),
        ])
        guard results.count == 2, case .success(let streamReply) = results[0], case .success(let groups) = results[1],
            let ours = (groups.array ?? []).map({ $0.map() }).first(where: { $0["name"]?.string == group })
        else { return nil }
        let info = streamReply.map()
        let pending = ours["pending"]?.int ?? 0
        let added = info["entries-added"]?.int ?? 0
        let length = info["length"]?.int ?? 0
        let taken = ours["entries-read"]?.int
        // `lag` is nil when Redis cannot tell: after deletions in the middle, or for a group begun at an odd place.
        let unread = ours["lag"]?.int ?? taken.map { max(0, added - $0) } ?? 0
        // What was removed from the front without having been taken.
        let lost = taken.map { max(0, added - length - $0) } ?? 0
        return Reading(waiting: min(unread, length) + pending, lost: lost)
    }
}
