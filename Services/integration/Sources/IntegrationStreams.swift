import Logging
import Redis
import ServiceRuntime
import WireContract
import WorkQueue

/// The streams that integration consumes, each by one process at a time and in order.
struct IntegrationStreams: Sendable {
    let redis: RedisClient
    /// Names this process among the consumers.
    let instance: String
    let firstStart: FirstStart
    let signalsFrom: StreamReader.Start
    let logger: Logger

    func consumers(
        signals: SignalHandler, outcomes: OutcomeHandler, users: UserFeedHandler
    ) -> OrderedConsumers {
        OrderedConsumers([
            self.consumer(
                RedisNames.signals, start: { self.firstStart.start(atFirst: self.signalsFrom) },
                replayTo: IntegrationKeys.replayedSignals, onGroupMade: { self.rememberFirstStart() },
                handle: { await signals.handle($0) }),
            self.consumer(RedisNames.outcomes, replayTo: IntegrationKeys.replayedOutcomes) {
                await outcomes.handle($0)
            },
            self.consumer(IntegrationKeys.replayedSignals) { await signals.handle($0) },
            self.consumer(IntegrationKeys.replayedOutcomes) { await outcomes.handle($0) },
            self.consumer(RedisNames.userFeed) { await users.handle($0) },
        ])
    }

    /// Entries handled in one go: a burst of signals costs a round trip for so many.
    private static let together = 50

    private func consumer(
        _ stream: String, start: @escaping @Sendable () -> StreamReader.Start = { .beginning },
        replayTo: String? = nil,
        onGroupMade: @escaping @Sendable () -> Void = {},
        handle: @escaping @Sendable ([StreamEntry]) async -> [JobOutcome]
    ) -> OrderedConsumer {
        let counters = ConsumerCounters(
            "squadchat_integration_entries_total", dimension: "result", others: [("stream", stream)])
        return OrderedConsumer(
            redis: self.redis,
            reader: StreamReader(
                stream: stream, group: RedisNames.engineGroup, consumer: self.instance, start: start),
            lease: ConsumerLease(redis: self.redis, key: IntegrationKeys.lease(stream), lifetime: .seconds(2)),
            deadLetters: DeadLetters(redis: self.redis, stream: IntegrationKeys.deadLetters), replayTo: replayTo,
            logger: self.logger, now: { Int(WallClock.milliseconds()) }, onGroupMade: onGroupMade,
            observe: counters.count, together: Self.together, handleTogether: handle)
    }

    private func rememberFirstStart() {
        do { try self.firstStart.remember() } catch {
            self.logger.error(
                "the mark of the first start could not be written",
                metadata: ["file": "\(self.firstStart.file)", "error": "\(error)"])
        }
    }
}
