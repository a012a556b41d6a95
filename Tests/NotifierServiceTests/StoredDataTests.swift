import Database
import Directory
import Domain
import Logging
import NIOConcurrencyHelpers
import NIOCore
import Redis
import TestSupport
import Testing
import WireContract

@testable import NotifierService
@testable import WorkQueue

/// What notifications leave in Redis, and what earlier releases left.
@Suite(.timeLimit(.minutes(2)))
struct StoredDataTests {
    @Test("what an earlier release had planned or was cut off in goes on, once; what it had sent is not sent again")
    func earlierRelease() async throws {
        let mails = try await MailServer.start()
        let notifier = try await NotifierProcess([
            "SMTP_HOST": "localhost", "SMTP_PORT": "\(mails.port)", "DEMO_MODE": "0",
        ])
        let event = sampleEvent("@ghost-2 @owl-3", at: notifier.now)
        let planner = NotificationPlanner(roster: try SampleRoster.demo(), fresh: .seconds(300))
        for notification in try planner.notifications(for: event, now: notifier.now) {
            let (id, isGhost) = (notification.id.rawValue, notification.user.rawValue == "ghost-2")
            for method in ["real_time", "email"] {
                let prefix = "sc:{n\(NotifierKeys.slot(of: notification.user))}:\(method)"
                // Ghost's mail was under way when its process was killed, Owl's notification had reached the page.
                let state =
                    isGhost ? (method == "email" ? "sending" : "planned") : (method == "email" ? "planned" : "sent")
                try notifier.server.command(
                    "HSET", "\(prefix):job:\(id)", "state", state, "payload",
                    String(decoding: notification.json, as: UTF8.self), "attempts", "1", "repeats", "0", "reason", "")
                if state == "planned" { try notifier.server.command("LPUSH", "\(prefix):ready", id) }
                if state == "sending" {
                    try notifier.server.command("ZADD", "\(prefix):claims", "1", id)
                    try notifier.server.command("HSET", "\(prefix):owners", id, "dead/1")
                }
            }
        }
        // The outbox entry is read again by this release.
        try notifier.happen(event)
        let process = try notifier.start()
        await eventually(within: .seconds(30), "\(notifier.log)") {
            try notifier.inboxLength("ghost-2") == 1 && mails.mails().count == 2
        }
        try notifier.happen(sampleEvent("@viper-1", from: "owl-3", sequence: 2, at: notifier.now))
        await eventually(within: .seconds(30), "\(notifier.log)") {
            try notifier.inboxLength("viper-1") == 1 && mails.mails().count == 3
        }
        #expect(try notifier.inboxLength("ghost-2") == 1 && notifier.inboxLength("owl-3") == 0)
        #expect(
            try mails.mails().map { $0.recipients[0] }.sorted() == [
                "ghost-2@example.test", "owl-3@example.test", "viper-1@example.test",
            ])
        #expect(process.isRunning)
    }

    @Test("a signal that was given to a hundred people by page and mail leaves less than 400 bytes for each")
    func memory() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let redis = RedisClient(try RedisConfiguration(url: server.url), logger: logger)
        let roster = SampleRoster(try (0..<100).map { try sampleUser("member-\($0)") })
        let notices = NoticeReader(redis: redis)
        let signals: [DeliveryMethod: JobSignal] = [.realTime: JobSignal(), .email: JobSignal()]
        let database = try SQLDatabase(url: "sqlite:\(server.directory)/p.sqlite")
        let preferences = try await PreferenceStore(database)
        let broken = BrokenKeys(redis: redis, logger: logger)
        let handler = OutboxHandler(
            rooms: RoomStore(database), planner: NotificationPlanner(roster: roster, fresh: .seconds(300)),
            methods: MethodPlanner(methods: .sample()), preferences: preferences,
            presence: Presence(redis: redis, faults: KeyFaults(logger: logger)),
            rights: MemberRights(redis: redis, broken: broken),
            // Every signal by mail too: the most that can be left.
            store: NotificationStore(
                redis: redis, broken: broken, notices: notices, signalMailInterval: .milliseconds(1), signals: signals),
            roster: roster, now: { 1_000_500 })
        let finished = NIOLockedValueBox(0)
        func worker(_ method: Method) throws -> JobWorker {
            let deliveries = DeliveryHandler(
                provider: try #require(method.provider), notices: notices,
                check: DeliveryCheck(
                    method: method.method, freshness: Freshness(limit: .seconds(300)), rooms: RoomStore(database),
                    preferences: preferences, roster: roster, now: { 1_000_500 }),
                retries: method.retries, logger: logger)
            return JobWorker(
                redis: redis, instance: "test", configuration: .init(concurrency: 64, together: method.together),
                signal: try #require(signals[method.method]), logger: logger,
                observe: { if case .finished = $0 { finished.withLockedValue { $0 += 1 } } },
                handle: deliveries.handle)
        }
        let mail = try #require(Methods.sample()[.email])
        let workers = [try worker(Methods.realTime(RealTimeProvider(redis: redis))), try worker(mail)]
        func stored() async throws -> Int {
            var bytes = 0
            for key in try await redis.send(RedisCommand("KEYS", "*")).array ?? [] {
                let command = RedisCommand("MEMORY", "USAGE", RedisArgument(key.string ?? ""), "SAMPLES", 0)
                bytes += try await redis.send(command).int ?? 0
            }
            return bytes
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await redis.run() }
            for worker in workers { group.addTask { try await worker.run() } }
            var sizes: [Int] = []
            for sequence in 1...2 {
                let event = sampleEvent(
                    "s", from: "", sequence: sequence, type: "trade_signal", metadata: sampleSignal)
                let outcomes = await handler.handle([outboxEntry(event)])
                #expect(outcomes == [.done])
                await eventually { finished.withLockedValue { $0 } == sequence * 200 }
                sizes.append(try await stored())
            }
            // An inbox costs what it costs; what each further signal adds is what fills Redis.
            #expect(sizes[1] - sizes[0] <= 400 * 100, "\((sizes[1] - sizes[0]) / 100) bytes for each member")
            let lengths = try await redis.xlen(RedisNames.inbox(user: "member-7"))
            #expect(lengths == 2)
            group.cancelAll()
        }
    }
}
