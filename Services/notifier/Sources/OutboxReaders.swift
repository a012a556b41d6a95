import Directory
import Logging
import Redis
import WireContract
import WorkQueue

/// Reads the outboxes, and what is replayed of their dead letters.
struct OutboxReaders {
    let redis: RedisClient
    let partitions: Int
    /// Names this process among the consumers.
    let instance: String
    let directory: DirectoryReplica
    let handler: OutboxHandler
    let logger: Logger
    /// Milliseconds since 1970.
    let now: @Sendable () -> Int
    private let counters = ConsumerCounters("squadchat_notifier_outbox_entries_total", dimension: "outcome")

    init(
        redis: RedisClient, partitions: Int, instance: String, directory: DirectoryReplica, handler: OutboxHandler,
        logger: Logger, now: @escaping @Sendable () -> Int
    ) {
        self.redis = redis
        self.partitions = partitions
        self.instance = instance
        self.directory = directory
        self.handler = handler
        self.logger = logger
        self.now = now
    }

    /// How long the outboxes of a killed notifier wait for another. Names make it harmless when both read for a moment.
    private static let lease = Duration.seconds(3)

    /// After so long what another process was given and has not finished counts as abandoned, and it is looked for as often.
    /// That is so of replays, and of what a notifier of an earlier release had read.
    private static let abandonedAfter = Duration.seconds(5)

    /// Entries planned in one go: with a signal for a thousand people in each it is work for some tens of milliseconds.
    private static let together = 50

    /// One consumer for each stream: a blocking read never spans two slots.
    var service: OrderedConsumers {
        let outboxes = (0..<self.partitions).map { partition in
            self.consumer(
                RedisNames.events(partition), slot: partition % NotifierKeys.slots,
                lease: ConsumerLease(redis: self.redis, key: NotifierKeys.reader(partition), lifetime: Self.lease))
        }
        let replays = (0..<min(self.partitions, NotifierKeys.slots)).map { slot in
            self.consumer(NotifierKeys.replayedOutbox(slot), slot: slot, isOwn: true)
        }
        return OrderedConsumers(outboxes + replays)
    }

    /// Below what anybody notices, and long enough that a busy outbox is read some dozens of entries at a time: of three
    /// together each costs Redis four times as much as of fifty.
    private static let gathering = Duration.milliseconds(50)

    /// - Parameters:
    ///   - lease: Of a stream that is read by position.
    ///   - isOwn: Nobody else reads the stream, so what is done is deleted.
    private func consumer(
        _ stream: String, slot: Int, lease: ConsumerLease? = nil, isOwn: Bool = false
    ) -> OrderedConsumer {
        var reader = StreamReader(
            stream: stream, group: RedisNames.notifierGroup, consumer: self.instance,
            abandonedAfter: Self.abandonedAfter, deletesFinished: isOwn)
        reader.gathering = Self.gathering
        reader.readsByPosition = lease != nil
        return OrderedConsumer(
            redis: self.redis, reader: reader, lease: lease,
            deadLetters: DeadLetters(redis: self.redis, stream: RedisNames.undelivered(slot)),
            // Not the outbox: others read it too.
            replayTo: NotifierKeys.replayedOutbox(slot), logger: self.logger, now: self.now,
            observe: self.counters.count,
            together: Self.together,
            handleTogether: { entries in
                // Without the directory nobody would be found, and the entries be done.
                guard self.directory.isReady else {
                    return entries.map { _ in
                        .retry(after: .milliseconds(200), reason: "the directory is not loaded")
                    }
                }
                return await self.handler.handle(entries)
            })
    }
}
