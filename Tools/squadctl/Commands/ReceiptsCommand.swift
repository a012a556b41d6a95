import ArgumentParser
import Domain
import JSON
import Redis
import ServiceRuntime
import WireContract
import WorkQueue

struct ReceiptsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipts",
        abstract: "What became of each notification: who was to be told, in which way, and how it ended.",
        discussion: """
              squadctl receipts --user viper-1        what one person was told in the last seven days
              squadctl receipts --event 3f0c9a…       everybody who was told of one event, by the name in EVENT

            STATE is planned (waiting, or waiting again after REASON), sending, sent, failed (never again; see dlq),
            unknown (cut off twice in the middle) or skipped (that way was not taken, and why).
            """)

    @Option(help: "Only this user.")
    var user: String?
    @Option(help: "Only this event.")
    var event: String?
    @Option(help: "At most so many, the newest.")
    var limit = 100
    @OptionGroup var session: SessionOptions

    struct Row: Encodable {
        let at: Int
        let event: String
        let user: String
        let method: String
        let state: String
        let attempts: Int
        /// Attempts made although it may have happened before.
        let repeats: Int
        let reason: String
        /// What was told; nil when the text is kept no longer.
        let title: String?
    }

    func validate() throws {
        guard self.user != nil || self.event != nil else { throw ValidationError("give --user, or --event, or both") }
        if let user, (try? UserID(user)) == nil { throw ValidationError("“\(user)” cannot be a user") }
        if let event,
            event.isEmpty || !event.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        {
            throw ValidationError("“\(event)” cannot be an event")
        }
    }

    func run() async throws {
        let (user, event, limit) = (self.user, self.event, max(1, self.limit))
        let rows = try await self.session.withRedis { redis in
            try await Self.rows(user: user, event: event, redis).prefix(limit)
        }
        if self.session.json { return try Output.json(Array(rows)) }
        guard !rows.isEmpty else { return Output.line("no receipts: nothing was planned, or more than seven days ago") }
        let now = Int(WallClock.milliseconds())
        Output.line(
            Output.table(
                ["AGE", "EVENT", "USER", "METHOD", "STATE", "ATTEMPTS", "REASON", "TOLD"],
                rows.map {
                    [
                        Output.age(milliseconds: now - $0.at), $0.event, $0.user, $0.method, $0.state, "\($0.attempts)",
                        $0.reason.isEmpty ? "–" : String($0.reason.prefix(60)), $0.title ?? "–",
                    ]
                }))
    }

    /// Newest first. A user's deliveries lie in one slot, those of an event in all.
    static func rows(user: String?, event: String?, _ redis: RedisClient) async throws(RedisError) -> [Row] {
        let slots = user.map { RedisNames.deliverySlot(of: $0) }.map { $0...$0 } ?? 0...(RedisNames.deliverySlots - 1)
        var found: [(method: String, receipt: JobReceipt)] = []
        for slot in slots {
            for method in DeliveryMethod.allCases.map(\.rawValue) {
                let queue = JobQueue(
                    name: method, prefix: RedisNames.deliveries(method, slot: slot),
                    dead: RedisNames.undelivered(slot))
                let receipts =
                    if let event {
                        try await queue.receipts(ofGroup: event, redis: redis)
                    } else {
                        try await queue.receipts(ofMember: user ?? "", redis: redis)
                    }
                found += receipts.filter { user == nil || $0.member == user }.map { (method, $0) }
            }
        }
        let titles = try await Self.titles(of: Set(found.map(\.receipt.group)), redis)
        return found.map { method, receipt in
            Row(
                at: receipt.record.updatedAt, event: receipt.group, user: receipt.member, method: method,
                state: receipt.record.state.rawValue, attempts: receipt.record.attempts,
                repeats: receipt.record.repeats, reason: receipt.record.reason, title: titles[receipt.group])
        }.sorted { ($1.at, $0.user, $0.method) < ($0.at, $1.user, $1.method) }
    }

    private static func titles(of events: Set<String>, _ redis: RedisClient) async throws(RedisError) -> [String:
        String]
    {
        let events = Array(events)
        let texts = try await redis.pipeline(
            events.map { RedisCommand("GET", RedisArgument(RedisNames.notice($0))) })
        var titles: [String: String] = [:]
        for (event, text) in zip(events, texts) {
            guard let json = try text.get().buffer else { continue }
            titles[event] = (try? JSONValue(parsing: json.readableBytesView))?["title"]?.string
        }
        return titles
    }
}
