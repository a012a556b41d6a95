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
        /// Nil when its key is damaged; so with all that follow.
        let isHeld: Bool?
        /// Commands that no effect has followed yet.
        let commands: Int?
        /// Entries of the outbox that some reader still needs.
        let outbox: Int?
        /// Of them, those that the notifier has not planned; nil when it has no group yet.
        let notifierLag: Int?
        let deadLetters: Int?
    }

    struct Feed: Encodable, Sendable {
        let stream: String
        /// Nil when our group is missing.
        let waiting: Int?
        /// Nil when the key is damaged.
        let length: Int?
    }

    /// Milliseconds since 1970, Redis' clock.
    let at: Int
    let processes: [Process]
    let partitions: [Partition]
    let feeds: [Feed]
    /// Place → letters; only places that have some.
    let deadLetters: [String: Int]
    /// Nil when the key is damaged.
    let users: Int?
    let squads: Int?
    var damaged: [DamagedKey] = []

    static func read(_ redis: RedisClient) async throws(RedisError) -> SuiteStatus {
        var look = KeyLookups(redis)
        let time = try await redis.send(RedisCommand("TIME")).array ?? []
        let now = (time.first?.int ?? 0) * 1_000 + (time.last?.int ?? 0) / 1_000
        let processes = try await Self.processes(&look, now: now)
        let count =
            try await look.ask(
                RedisNames.partitions, as: .string, RedisCommand("GET", RedisArgument(RedisNames.partitions)))?.int
            ?? RedisNames.defaultPartitionCount
        var partitions: [Partition] = []
        for number in 0..<count {
            partitions.append(try await Self.partition(number, &look, now: now, processes: processes))
        }
        var feeds: [Feed] = []
        for stream in [RedisNames.signals, RedisNames.outcomes, RedisNames.userFeed] {
            let lag = try await look.lag(stream, group: RedisNames.engineGroup)
            feeds.append(Feed(stream: stream, waiting: lag, length: try await look.length(stream)))
        }
        var dead: [String: Int] = [:]
        for partition in partitions {
            if let letters = partition.deadLetters, letters > 0 { dead["p\(partition.partition)"] = letters }
        }
        let others =
            [("integration", SuiteKeys.integrationDead)]
            + (0..<RedisNames.deliverySlots).map { ("n\($0)", RedisNames.undelivered($0)) }
        for (place, stream) in others {
            if let length = try await look.length(stream), length > 0 { dead[place] = length }
        }
        let users = try await Self.count(RedisNames.directoryUsers, &look)
        let squads = try await Self.count(RedisNames.directorySquads, &look)
        return SuiteStatus(
            at: now, processes: processes, partitions: partitions, feeds: feeds, deadLetters: dead, users: users,
            squads: squads, damaged: look.damaged)
    }

    private static func count(_ hash: String, _ look: inout KeyLookups) async throws(RedisError) -> Int? {
        try await look.ask(hash, as: .hash, RedisCommand("HLEN", RedisArgument(hash)))?.int
    }

    private static func processes(_ look: inout KeyLookups, now: Int) async throws(RedisError) -> [Process] {
        let values = try await look.ask(
            RedisNames.services, as: .hash, RedisCommand("HVALS", RedisArgument(RedisNames.services)))
        return (values?.array ?? []).compactMap { value -> Process? in
            guard let buffer = value.buffer,
                let record = try? JSONDecoder().decode(ServiceRecord.self, from: Data(buffer.readableBytesView))
            else { return nil }
            return Process(record: record, silentFor: max(0, now - record.at))
        }.sorted { ($0.record.service, $0.record.instance) < ($1.record.service, $1.record.instance) }
    }

    private static func partition(
        _ number: Int, _ look: inout KeyLookups, now: Int, processes: [Process]
    ) async throws(RedisError) -> Partition {
        let state = RedisNames.state(number)
        let lease = try await look.ask(
            state, as: .hash, RedisCommand("HMGET", RedisArgument(state), "token", "until"))?.array
        let isHeld = lease.map { lease in
            lease.count == 2 && lease[0].string?.isEmpty == false && (lease[1].int ?? 0) > now
        }
        let holder = processes.first { process in
            process.isAlive && process.record.service == "chat"
                && process.record.details["partitions"]?.split(separator: ",").contains("\(number)") == true
        }
        return Partition(
            partition: number, holder: holder?.record.instance, isHeld: isHeld,
            commands: try await look.length(RedisNames.commands(number)),
            outbox: try await look.length(RedisNames.events(number)),
            notifierLag: try await look.lag(RedisNames.events(number), group: RedisNames.notifierGroup),
            deadLetters: try await look.length(RedisNames.dead(number)))
    }
}
