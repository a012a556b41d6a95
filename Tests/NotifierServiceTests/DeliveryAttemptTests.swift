import Database
import Domain
import Logging
import NIOConcurrencyHelpers
import Redis
import TestSupport
import Testing
import WireContract

@testable import NotifierService
@testable import WorkQueue

/// What counts as an attempt at a delivery.
@Suite(.timeLimit(.minutes(1)))
struct DeliveryAttemptTests {
    /// Refuses the first mail and takes the next.
    private struct BusyOnce: DeliveryProvider {
        let calls = NIOLockedValueBox(0)

        func deliver(_ notifications: [Notification]) async -> [DeliveryError?] {
            notifications.map { _ in
                let call = self.calls.withLockedValue { calls in
                    calls += 1
                    return calls
                }
                return call == 1 ? .unavailable("451 4.3.0 come back later") : nil
            }
        }
    }

    private struct Lines: LogHandler {
        let lines: NIOLockedValueBox<[String]>
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            self.lines.withLockedValue { $0.append("\(event.level) \(event.message)") }
        }
    }

    /// One take of the queue, and what the handler makes of it; no wait lasts.
    private func attempt(_ handler: DeliveryHandler, _ queue: JobQueue, _ redis: RedisClient) async throws {
        let take = TakeJobs(queue: queue, count: 1, owner: "me", lease: .seconds(60), repeats: 1)
        let jobs = try take.answer(try await redis.evaluate([take.call])[0].get()).jobs
        try #require(jobs.count == 1)
        let settlements = zip(jobs, await handler.handle(jobs)).map { job, result in
            var settlement = SettleJobs.Settlement(JobClaim(queue: queue, id: job.id, owner: "me"), result)
            settlement.wait = .zero
            return settlement
        }
        let calls = [SettleJobs(queue: queue, settlements: settlements).call, MoveDue(queue: queue).call]
        for reply in try await redis.evaluate(calls) { _ = try reply.get() }
    }

    @Test("waiting for the directory is no attempt, and is told once")
    func notReady() async throws {
        let notifier = try await NotifierProcess()
        let database = try SQLDatabase(url: "sqlite:\(notifier.directory)/p.sqlite")
        let preferences = try await PreferenceStore(database)
        let event = sampleEvent("@ghost-2")
        let planner = NotificationPlanner(roster: try SampleRoster.demo(), fresh: .seconds(300))
        let mention = try #require(
            try planner.notifications(for: event, now: 1_000_500).first { $0.user.rawValue == "ghost-2" })
        let queue = NotifierKeys.queue(.email, slot: NotifierKeys.slot(of: mention.user))
        let log = NIOLockedValueBox<[String]>([])
        let provider = BusyOnce()
        try await notifier.withRedis { redis in
            func handler(_ roster: SampleRoster) -> DeliveryHandler {
                DeliveryHandler(
                    provider: provider, notices: NoticeReader(redis: redis),
                    check: DeliveryCheck(
                        method: .email, freshness: Freshness(limit: .seconds(300)), rooms: RoomStore(database),
                        preferences: preferences, roster: roster, now: { 1_000_500 }),
                    retries: RetryPolicy(maximumAttempts: 12), logger: Logger(label: "t") { _ in Lines(lines: log) })
            }
            let (id, notice) = (mention.notice.id.rawValue, RedisArgument(mention.notice.json))
            _ = try await redis.send(RedisCommand("SET", RedisArgument(RedisNames.notice(id)), notice))
            let job = NewJob(id: mention.job, payload: Array(mention.id.rawValue.utf8))
            for reply in try await redis.evaluate([queue.enqueue([job])]) { _ = try reply.get() }

            var roster = try SampleRoster.demo()
            roster.isReady = false
            let waiting = handler(roster)
            for _ in 1...13 { try await self.attempt(waiting, queue, redis) }
            #expect(try notifier.job(event, user: "ghost-2")?.attempts == 0)
            #expect(log.withLockedValue { $0 } == ["warning nothing is delivered"])

            let ready = handler(try SampleRoster.demo())
            try await self.attempt(ready, queue, redis)
            #expect(try notifier.job(event, user: "ghost-2")?.state == .planned)
            try await self.attempt(ready, queue, redis)
        }
        let job = try #require(try notifier.job(event, user: "ghost-2"))
        #expect(job.state == .sent && job.attempts == 2)
    }
}
