import Database
import Domain
import Redis
import TestSupport
import Testing
import WireContract

@testable import NotifierService
@testable import WorkQueue

/// What was planned is asked about again when it is delivered: meanwhile a server was down, or somebody went.
@Suite(.timeLimit(.minutes(2)))
struct DeliveryCheckTests {
    private static let planned = 1_000_500
    private static let later = 1_000_500 + DeliveryCheck.planHolds

    private func check(
        _ roster: SampleRoster? = nil, preferences: NotificationPreferences = NotificationPreferences(),
        method: DeliveryMethod = .email, at now: Int
    ) async throws -> DeliveryCheck {
        let database = try SQLDatabase(url: "sqlite:\(try temporaryDirectory())/p.sqlite")
        let store = try await PreferenceStore(database)
        try await store.save(preferences, of: try UserID("ghost-2"), now: 1)
        return DeliveryCheck(
            method: method, freshness: Freshness(limit: .seconds(300)), rooms: RoomStore(database),
            preferences: store, roster: try roster ?? SampleRoster.demo(), now: { now })
    }

    /// What is planned for `ghost-2` of an event.
    private func notification(_ event: RoomEvent) throws -> Notification {
        let planner = NotificationPlanner(roster: try SampleRoster.demo(), fresh: .seconds(300))
        let planned = try planner.notifications(for: event, now: Self.planned)
        return try #require(planned.first { $0.user.rawValue == "ghost-2" })
    }

    private func outcome(
        of notification: Notification, attempt: Int = 1, _ check: DeliveryCheck
    ) async -> Result<Notification, DeliveryError>? {
        let queue = NotifierKeys.queue(.email, slot: NotifierKeys.slot(of: notification.user))
        let job = Job(queue: queue, id: notification.job, payload: [], attempt: attempt, repeats: 0)
        return await check.stillMeant([.success(notification)], for: [job]).first
    }

    @Test(
        "a signal is not told once it has expired, is stale or too old, at the first attempt as at a later one",
        arguments: [
            (#""expires_at":"1970-01-01T00:16:42.000Z""#, 1_002_000, "the signal has expired"),
            (#""timestamp":"1970-01-01T00:16:40.000Z""#, 1_300_001, "the signal is too old"),
            (#""pair":"EURUSD""#, 1_300_001, "the signal is too old"),
        ])
    func signals(field: String, end: Int, reason: String) async throws {
        let metadata = #"{"type":"trading_signal","signal_data":{"signal_id":"S1",\#(field)}}"#
        let signal = try self.notification(sampleEvent("s", from: "", type: "trade_signal", metadata: metadata))
        for attempt in [1, 2] {
            let before = await self.outcome(of: signal, attempt: attempt, try await self.check(at: end - 1))
            #expect(before == .success(signal))
            let after = await self.outcome(of: signal, attempt: attempt, try await self.check(at: end))
            #expect(after == .failure(.outdated(reason)))
        }
    }

    @Test("a mention that is delivered late says so, whenever it was planned")
    func late() async throws {
        let mention = try self.notification(sampleEvent("@ghost-2"))
        let told = try await self.outcome(of: mention, self.check(at: 1_000_000 + 300_001))?.get()
        #expect(!mention.isLate && told?.isLate == true && told?.id == mention.id)
    }

    @Test("who has lost the room since is not told what was said there, but is told of having lost it")
    func closedRoom() async throws {
        let mention = try self.notification(sampleEvent("@ghost-2"))
        let moved = SampleRoster([try sampleUser("ghost-2", squad: "bravo")])
        let check = try await self.check(moved, at: Self.planned)
        #expect(await self.outcome(of: mention, check) == .success(mention), "the plan was made a moment ago")
        let closed = Result<Notification, DeliveryError>.failure(.outdated("the room is closed to this person"))
        #expect(await self.outcome(of: mention, attempt: 2, check) == closed)
        #expect(await self.outcome(of: mention, try await self.check(moved, at: Self.later)) == closed)
        #expect(await self.outcome(of: mention, try await self.check(SampleRoster([]), at: Self.later)) == closed)
        #expect(await self.outcome(of: mention, try await self.check(at: Self.later)) == .success(mention))
        var removal = sampleEvent("", from: "ghost-2", sequence: 2, event: "member_removed")
        removal.flag = .drop
        let notice = try self.notification(removal)
        let page = try await self.check(moved, method: .realTime, at: Self.later)
        #expect(await self.outcome(of: notice, attempt: 2, page) == .success(notice))
    }

    @Test("a way that the person has turned off meanwhile is not taken")
    func turnedOff() async throws {
        let mention = try self.notification(sampleEvent("@ghost-2"))
        let off = Result<Notification, DeliveryError>.failure(.outdated("turned off by this person"))
        let page = NotificationPreferences(chosenMethods: [.mention: [.realTime]])
        for preferences in [page, NotificationPreferences(enabledKinds: [.systemAlert])] {
            let check = try await self.check(preferences: preferences, at: Self.planned)
            #expect(await self.outcome(of: mention, attempt: 2, check) == off)
        }
        let onPage = try await self.check(preferences: page, method: .realTime, at: Self.later)
        #expect(await self.outcome(of: mention, attempt: 2, onPage) == .success(mention))
    }

    @Test("before it is known who there is nothing is decided")
    func notReady() async throws {
        var roster = SampleRoster([])
        roster.isReady = false
        let mention = try self.notification(sampleEvent("@ghost-2"))
        let outcome = await self.outcome(of: mention, attempt: 2, try await self.check(roster, at: Self.later))
        #expect(outcome == .failure(.notReady("the directory is not loaded")))
    }

    @Test("a signal that expires while its mail is refused, or before its dead letter is replayed, is not mailed")
    func journey() async throws {
        let mails = try await MailServer.start()
        let notifier = try await NotifierProcess([
            "SMTP_HOST": "localhost", "SMTP_PORT": "\(mails.port)", "DEMO_MODE": "0", "EMAIL_MAX_ATTEMPTS": "100",
        ])
        for id in ["busy30", "gone"] { try notifier.know(try sampleUser(id)) }
        let process = try notifier.start()
        await eventually(within: .seconds(30), "\(notifier.log)") {
            try notifier.server.command("HLEN", RedisNames.services) == ":1\r\n"
        }
        let end = Timestamp(milliseconds: Int64(notifier.now + 3_000)).rfc3339
        let event = sampleEvent(
            "s", from: "", at: notifier.now, type: "trade_signal",
            metadata: #"{"signal_data":{"signal_id":"S1","pair":"EURUSD","expires_at":"\#(end)"}}"#)
        try notifier.happen(event)
        func job(_ user: String) throws -> JobRecord? { try notifier.job(event, user: user, kind: .tradeSignal) }
        await eventually(within: .seconds(30), "\(notifier.log)") {
            try job("busy30")?.state == .skipped && job("gone")?.state == .failed
        }
        #expect(try job("busy30")?.reason == "the signal has expired" && job("busy30").map { $0.attempts > 1 } == true)
        try await notifier.withRedis { redis in
            let slot = NotifierKeys.slot(of: try UserID("gone"))
            let dead = DeadLetters(redis: redis, stream: RedisNames.undelivered(slot))
            try await dead.replay(try #require(try await dead.list().first).id)
            await eventually(within: .seconds(30), "\(notifier.log)") { try job("gone")?.state == .skipped }
            #expect(try await dead.count() == 0)
        }
        #expect(
            try mails.mails().allSatisfy { !["busy30@example.test", "gone@example.test"].contains($0.recipients[0]) })
        // Nobody got a mail of the first one, so the next one within the interval is mailed; the server takes it by then.
        let next = sampleEvent(
            "s", from: "", sequence: 2, at: notifier.now, type: "trade_signal",
            metadata: #"{"signal_data":{"signal_id":"S2","pair":"EURUSD"}}"#)
        try notifier.happen(next)
        func second(_ user: String) throws -> JobRecord? { try notifier.job(next, user: user, kind: .tradeSignal) }
        await eventually(within: .seconds(30), "\(notifier.log)") {
            try second("busy30")?.state == .sent && second("gone")?.state == .failed
        }
        // Who did get the first one is not sent the second.
        #expect(try second("ghost-2")?.state == .skipped)
        #expect(process.isRunning)
    }
}
