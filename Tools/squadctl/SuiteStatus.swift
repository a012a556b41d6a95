import FoundationEssentials
import Redis
import WireContract
import WorkQueue

/// What Redis tells of the running suite at one moment.
struct SuiteStatus: Encodable, Sendable {
    /// The services of a complete suite.
    static let services = ["gateway", "chat", "notifier", "integration"]

    struct Process: Encodable, Sendable {
        let record: ServiceRecord
        /// Since its last sign of life, in milliseconds.
        let silentFor: Int
        var isAlive: Bool { self.silentFor <= Liveness.processTimeout.wholeMilliseconds }

        enum CodingKeys: String, CodingKey {
            case service, instance, pid, host, version, details, alive
            case silentFor = "silent_ms"
        }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(self.record.service, forKey: .service)
            try values.encode(self.record.instance, forKey: .instance)
            try values.encode(self.record.pid, forKey: .pid)
            try values.encode(self.record.host, forKey: .host)
            try values.encode(self.record.version, forKey: .version)
            try values.encode(self.record.details, forKey: .details)
            try values.encode(self.isAlive, forKey: .alive)
            try values.encode(self.silentFor, forKey: .silentFor)
        }
    }

    struct Partition: Encodable, Sendable {
        let partition: Int
        /// The chat process that says it holds the partition; nil when the lease has no such holder.
        let holder: String?
        let isHeld: Bool
        /// Commands that no effect has followed yet.
        let commands: Int
        /// Entries of the outbox that some reader still needs.
        let outbox: Int
        /// Of them, those that the notifier has not planned; nil when it has no group yet.
        let notifierLag: Int?
        let deadLetters: Int
    }

    struct Feed: Encodable, Sendable {
        let stream: String
        /// Nil when our group is missing.
        let waiting: Int?
        let length: Int
    }

    /// Milliseconds since 1970, Redis' clock.
    let at: Int
    let processes: [Process]
    let partitions: [Partition]
    let feeds: [Feed]
    /// Place → letters; only places that have some.
    let deadLetters: [String: Int]
    let users: Int
    let squads: Int

    static func read(_ redis: RedisClient) async throws(RedisError) -> SuiteStatus {
        let time = try await redis.send(RedisCommand("TIME")).array ?? []
        let now = (time.first?.int ?? 0) * 1_000 + (time.last?.int ?? 0) / 1_000
        let processes = try await Self.processes(redis, now: now)
        let count = try await SuiteKeys.partitions(redis)
        var partitions: [Partition] = []
        for number in 0..<count {
            partitions.append(try await Self.partition(number, redis, now: now, processes: processes))
        }
        var feeds: [Feed] = []
        for stream in [RedisNames.signals, RedisNames.outcomes, RedisNames.userFeed] {
            let lag = try await StreamLag.read(stream, group: RedisNames.engineGroup, redis: redis)?.waiting
            feeds.append(Feed(stream: stream, waiting: lag, length: try await redis.xlen(stream)))
        }
        var dead: [String: Int] = [:]
        for partition in partitions where partition.deadLetters > 0 {
            dead["p\(partition.partition)"] = partition.deadLetters
        }
        let others =
            [("integration", SuiteKeys.integrationDead)]
            + (0..<RedisNames.deliverySlots).map { ("n\($0)", RedisNames.undelivered($0)) }
        for (place, stream) in others {
            let length = try await redis.xlen(stream)
            if length > 0 { dead[place] = length }
        }
        return SuiteStatus(
            at: now, processes: processes, partitions: partitions, feeds: feeds, deadLetters: dead,
            users: try await redis.send(RedisCommand("HLEN", RedisArgument(RedisNames.directoryUsers))).int ?? 0,
            squads: try await redis.send(RedisCommand("HLEN", RedisArgument(RedisNames.directorySquads))).int ?? 0)
    }

    private static func processes(_ redis: RedisClient, now: Int) async throws(RedisError) -> [Process] {
        let values = try await redis.send(RedisCommand("HVALS", RedisArgument(RedisNames.services))).array ?? []
        return values.compactMap { value -> Process? in
            guard let buffer = value.buffer,
                let record = try? JSONDecoder().decode(ServiceRecord.self, from: Data(buffer.readableBytesView))
            else { return nil }
            return Process(record: record, silentFor: max(0, now - record.at))
        }.sorted { ($0.record.service, $0.record.instance) < ($1.record.service, $1.record.instance) }
    }

    private static func partition(
        _ number: Int, _ redis: RedisClient, now: Int, processes: [Process]
    ) async throws(RedisError) -> Partition {
        let lease =
            try await redis.send(
                RedisCommand("HMGET", RedisArgument(RedisNames.state(number)), "token", "until")
            ).array ?? []
        let isHeld = lease.count == 2 && lease[0].string?.isEmpty == false && (lease[1].int ?? 0) > now
        let holder = processes.first { process in
            process.isAlive && process.record.service == "chat"
                && process.record.details["partitions"]?.split(separator: ",").contains("\(number)") == true
        }
        return Partition(
            partition: number, holder: holder?.record.instance, isHeld: isHeld,
            commands: try await redis.xlen(RedisNames.commands(number)),
            outbox: try await redis.xlen(RedisNames.events(number)),
            notifierLag: try await StreamLag.read(
                RedisNames.events(number), group: RedisNames.notifierGroup, redis: redis)?.waiting,
            deadLetters: try await redis.xlen(RedisNames.dead(number)))
    }
}
