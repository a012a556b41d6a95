import Database
import Domain
import JSON
import Logging
import NIOCore
import Redis
import TestSupport
import Testing
import WireContract
import WorkQueue

@testable import NotifierService

/// An entry of the outbox → what is stored of it, in a real Redis.
@Suite(.timeLimit(.minutes(2)))
struct OutboxTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// - Parameter preferences: Those of `ghost-2`.
    private func withHandler(
        preferences: NotificationPreferences = NotificationPreferences(), roster: SampleRoster? = nil,
        _ body: (OutboxHandler, RedisClient) async throws -> Void
    ) async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let redis = RedisClient(try RedisConfiguration(url: server.url), logger: Self.logger)
        let database = try SQLDatabase(url: "sqlite:\(server.directory)/p.sqlite")
        let chosen = try await PreferenceStore(database)
        let rooms = RoomStore(database)
        try await chosen.save(preferences, of: try UserID("ghost-2"), now: 1)
        let roster = try roster ?? SampleRoster.demo()
        let broken = BrokenKeys(redis: redis, logger: Self.logger)
        let handler = OutboxHandler(
            rooms: rooms,
            planner: NotificationPlanner(roster: roster, fresh: .seconds(300)),
            methods: MethodPlanner(methods: .sample()), preferences: chosen,
            presence: Presence(redis: redis, faults: KeyFaults(logger: Self.logger)),
            rights: MemberRights(redis: redis, broken: broken),
            store: NotificationStore(
                redis: redis, broken: broken, notices: NoticeReader(redis: redis), signalMailInterval: .seconds(900),
                signals: [:]),
            roster: roster,
            now: { 1_000_500 })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await redis.run() }
            try await body(handler, redis)
            group.cancelAll()
        }
    }

    /// Notifications that wait to be given to `user`, and mails.
    private func waiting(_ user: String, _ redis: RedisClient) async throws -> (onPage: Int?, mails: Int?) {
        let slot = NotifierKeys.slot(of: try UserID(user))
        var counts: [Int?] = []
        for method in [DeliveryMethod.realTime, .email] {
            let ready = NotifierKeys.queue(method, slot: slot).waiting
            counts.append(try await redis.send(RedisCommand("LLEN", RedisArgument(ready))).int)
        }
        return (counts[0], counts[1])
    }

    @Test("at the memory limit the outbox is planned all the same: what it leaves is smaller than what goes")
    func fullServer() async throws {
        try await self.withHandler { handler, redis in
            _ = try await redis.send(RedisCommand("CONFIG", "SET", "maxmemory", "1"))
            let outcomes = await handler.handle([outboxEntry(sampleEvent("@ghost-2"))])
            #expect(outcomes == [.done])
            #expect(try await self.waiting("ghost-2", redis).onPage == 1)
        }
    }

    @Test("a notification that has no way left is in the record all the same, with the reason")
    func skipped() async throws {
        let preferences = NotificationPreferences(chosenMethods: [.mention: [.push]])
        try await self.withHandler(preferences: preferences) { handler, redis in
            let event = sampleEvent("@ghost-2")
            let outcomes = await handler.handle([outboxEntry(event)])
            #expect(outcomes == [.done])
            let user = try UserID("ghost-2")
            let notice = Notice.identifier(
                room: event.room, epoch: event.epoch, sequence: event.sequence, kind: .mention)
            let push = NotifierKeys.queue(.push, slot: NotifierKeys.slot(of: user))
            let receipts = try await push.receipts(ofGroup: notice.rawValue, redis: redis)
            #expect(receipts.map(\.member) == ["ghost-2"])
            #expect(receipts.map(\.record.state) == [.skipped] && receipts.map(\.record.reason) == ["not available"])
            let waiting = try await self.waiting("ghost-2", redis)
            #expect(waiting == (0, 0))
        }
    }

    @Test("an event of a room whose record is not stored yet waits, and is planned when it is; not for ever")
    func recordToCome() async throws {
        try await self.withHandler { handler, redis in
            let event = sampleEvent("@ghost-2", room: "war-room", sequence: 2)
            let late = sampleEvent("@ghost-2", room: "lost-room", sequence: 2, at: 1_000_500 - 10_000)
            #expect(
                await handler.handle([outboxEntry(event), outboxEntry(late)]) == [
                    .retry(after: OutboxHandler.pause, reason: "the room is not known yet"), .done,
                ])
            #expect(try await self.waiting("ghost-2", redis).onPage == 0)
            var created = sampleEvent("", from: "", room: "war-room", event: "room_created")
            created.message = nil
            let record = String(decoding: RoomRecord(commandOf: try SquadID("alpha")).encoded, as: UTF8.self)
            created.json = Array(#"{"seq":1,"room_id":"war-room","name":"War Room","record":\#(record)}"#.utf8)
            #expect(await handler.handle([outboxEntry(created), outboxEntry(event)]) == [.done, .done])
            #expect(try await self.waiting("ghost-2", redis).onPage == 1)
        }
    }

    @Test(
        "a broken key of one person, or of one queue, holds up nobody: our own is set aside and kept",
        arguments: ["signal_mail:ghost-2", "rights:ghost-2", "email:waiting", "email:jobs", "email:due", "sockets"])
    func brokenKey(name: String) async throws {
        try await self.withHandler { handler, redis in
            let slot = NotifierKeys.slot(of: try UserID("ghost-2"))
            let key = name == "sockets" ? RedisNames.sockets(user: "ghost-2") : "sc:{n\(slot)}:\(name)"
            _ = try await redis.send(RedisCommand("SADD", RedisArgument(key), "poison"))
            let signal = sampleEvent("s", from: "", type: "trade_signal", metadata: sampleSignal)
            var change = sampleEvent("", from: "ghost-2", sequence: 2, event: "member_updated")
            change.flag = .rights(Permissions.read.rawValue)
            change.json = Array(#"{"role":"observer"}"#.utf8)
            let mention = sampleEvent("@ghost-2 @owl-3", sequence: 3)
            let outcomes = await handler.handle([signal, change, mention].map(outboxEntry))
            #expect(outcomes == [.done, .done, .done])
            for (user, told) in [("ghost-2", (3, 2)), ("owl-3", (2, 2))] {
                let waiting = try await self.waiting(user, redis)
                #expect(waiting == told, "\(user)")
            }
            let kept = try await redis.send(RedisCommand("KEYS", "sc:{n*}:damaged:*")).array ?? []
            #expect(kept.count == (name == "sockets" ? 0 : 1))
            #expect(kept.allSatisfy { $0.string?.hasSuffix(":\(name)") == true })
        }
    }

    @Test("what happened in a large room does not stand or fall with what cannot be stored of another")
    func largeRoom() async throws {
        let full = try sampleUser("kilo-9", squad: "bravo")
        let roster = SampleRoster(
            try (0..<OutboxHandler.storedTogether).map { try sampleUser("member-\($0)") } + [full])
        try await self.withHandler(roster: roster) { handler, redis in
            let waiting = NotifierKeys.queue(.realTime, slot: NotifierKeys.slot(of: full.userID)).waiting
            _ = try await redis.send(
                RedisCommand(
                    "EVAL", "for _ = 1, ARGV[1] do redis.call('LPUSH', KEYS[1], 'x') end", 1, RedisArgument(waiting),
                    RedisArgument(JobQueue.bound - 200)))
            let large = sampleEvent("@squad", from: "atlas-6")
            let other = sampleEvent("@kilo-9", from: "atlas-6", room: "squad_bravo", sequence: 2)
            let first = await handler.handle([outboxEntry(large)])
            #expect(first == [.done])
            _ = try await redis.send(
                RedisCommand(
                    "EVAL", "for _ = 1, ARGV[1] do redis.call('LPUSH', KEYS[1], 'x') end", 1, RedisArgument(waiting),
                    200))
            let outcomes = await handler.handle([outboxEntry(large), outboxEntry(other)])
            #expect(outcomes.first == .done && outcomes.last != .done && outcomes.count == 2)
        }
    }

    private func member(
        _ event: String, _ sequence: Int, rights: Permissions? = nil, role: String = "sergeant"
    ) -> RoomEvent {
        var sample = sampleEvent("", from: "viper-1", sequence: sequence, event: event)
        sample.message = nil
        sample.flag = rights.map { .rights($0.rawValue) } ?? (event == "member_removed" ? .drop : .none)
        sample.json = Array(
            """
            {"seq":\(sequence),"user_id":"viper-1","username":"viper-1","callsign":"Viper-1","role":"\(role)",\
            "reason":"not a member of the squad"}
            """.utf8)
        return sample
    }

    @Test("who has other rights, or lost the room, is told once and on the page only; a new callsign is nobody's news")
    func rights() async throws {
        try await self.withHandler { handler, redis in
            let sergeant = RoomPolicy.permissions(of: .sergeant)
            let observer = RoomPolicy.permissions(of: .observer)
            let steps: [(event: RoomEvent, told: Int)] = [
                (self.member("member_added", 1), 0),
                (self.member("member_updated", 2, rights: sergeant), 0),
                (self.member("member_updated", 3, rights: observer, role: "observer"), 1),
                (self.member("member_updated", 3, rights: observer, role: "observer"), 1),
                (self.member("member_updated", 4, rights: observer, role: "observer"), 1),
                (self.member("member_removed", 5), 2),
                (self.member("member_removed", 5), 2),
                (self.member("member_added", 6), 2),
                (self.member("member_updated", 7, rights: sergeant), 2),
            ]
            for (event, told) in steps {
                let outcomes = await handler.handle([outboxEntry(event)])
                let waiting = try await self.waiting("viper-1", redis)
                #expect(outcomes == [.done] && waiting == (told, 0), "\(event.event) \(event.sequence)")
            }
        }
    }

    @Test("a notice whose writing was cut off before it was noted is the same notice when it is planned again")
    func cutOff() async throws {
        try await self.withHandler { handler, redis in
            let event = self.member("member_updated", 3, rights: [.read], role: "observer")
            let change = try #require(MemberChange(event))
            _ = await handler.handle([outboxEntry(event)])
            // As if the process had ended before its last command.
            try await handler.rights.note(try #require(MemberChange(self.member("member_removed", 2))))
            _ = await handler.handle([outboxEntry(event)])
            let waiting = try await self.waiting("viper-1", redis)
            let isKnown = try await handler.rights.isKnown(change)
            #expect(waiting == (1, 0) && isKnown)
        }
    }

    @Test("a notice says what is allowed now, or why the room is closed; it cannot be switched off")
    func words() throws {
        let planner = NotificationPlanner(roster: try SampleRoster.demo(), fresh: .seconds(300))
        func notice(_ event: RoomEvent, now: Int = 1_000_500) throws -> Notification {
            try #require(try planner.notifications(for: event, now: now).first)
        }
        let changed = try notice(self.member("member_updated", 3, rights: [.read, .createRooms], role: "observer"))
        #expect(changed.title == "Your rights in Squad alpha Command have changed")
        #expect(changed.message == "You are observer now. Allowed: read, create rooms.")
        let removed = try notice(self.member("member_removed", 4), now: 1_000_000 + 301_000)
        #expect(removed.title == "Removed from Squad alpha Command" && removed.isLate)
        #expect(removed.message == "The room is closed to you: not a member of the squad.")
        #expect(removed.user.rawValue == "viper-1" && removed.source.isEmpty && removed.kind == .moderationAction)
        #expect(Notification(json: removed.json)?.json == removed.json)
        let nothing = MethodPlanner.Recipient(
            preferences: NotificationPreferences(enabledKinds: [], chosenMethods: [.moderationAction: []]),
            isOnline: false, user: try sampleUser("viper-1"))
        #expect(
            MethodPlanner(methods: .sample()).methods(for: removed, to: nothing).methods == [.realTime])
    }
}
