import Domain
import Foundation
import JSON
import Redis
import TestSupport
import Testing
import WireContract

/// Processes die; what was acknowledged does not.
@Suite(.serialized)
struct SurvivalTests {
    /// `scripts/survive` runs more.
    private static let kills = ProcessInfo.processInfo.environment["SURVIVAL_KILLS"].flatMap(Int.init) ?? 20

    @Test("kills of every process in turn lose nothing, double nothing, and sends are answered again")
    func kills() async throws {
        try await RunningSuite.with { suite in
            let load = try await Load.start(on: suite)
            let bravo = SimulatedClient(suite, user: "kilo-9", squad: "bravo")
            await bravo.start()
            await eventually { await bravo.hasJoined }
            var slowest: [String: Duration] = [:]
            var signals: [String] = []
            var inbox = InboxReader(user: "nomad-7")
            for round in 0..<Self.kills {
                await load.advance(by: 10)
                // In the midst of this work the process dies; the rest comes while it is away.
                signals += await self.addWork("\(round)-early", count: 5, suite, load)
                let killed = ContinuousClock.now
                let process = ["chat", "gateway", "redis", "integration", "notifier"][round % 5]
                try await self.kill(process, suite)
                signals += await self.addWork("\(round)-late", count: 3, suite, load)
                // Five answers more than could have been under way at the kill.
                await load.advance(by: 5 + 3)
                slowest[process] = max(slowest[process] ?? .zero, await load.longestSilence(since: killed))
                // An inbox keeps 500.
                try await inbox.read(suite)
            }
            await load.stopWriting()
            for client in [load.readers[0], load.readers[1], bravo] {
                await eventually(within: .seconds(30)) {
                    await Set(client.messages.compactMap(\.signalID)).isSuperset(of: signals)
                }
                let cards = await client.messages.compactMap(\.signalID)
                #expect(DeliveryChecker.notOnce(signals, in: cards) == [])
                #expect(cards.count == signals.count, "a card for each signal and no other")
            }
            #expect(await bravo.gaps == [])
            try await self.expectNotifications(suite, load, signals: signals, inbox: &inbox)
            try await self.expectArchive(suite, load, signals: signals)
            let counts = try await load.finish()
            await bravo.stop()
            print(
                "\(Self.kills) kills: \(counts), \(signals.count) signals, slowest return to acknowledged sends: \(slowest)"
            )
            counts.expectNothingLost("\(Self.kills) kills")
            for (process, time) in slowest { #expect(time < .seconds(3), "\(process)") }
        }
    }

    private func kill(_ process: String, _ suite: RunningSuite) async throws {
        guard process != "redis" else { return try await suite.redis.restart() }
        let victim =
            ["chat": suite.chats, "gateway": suite.gateways, "integration": suite.integrations][process]?[0]
            ?? suite.notifiers[0]
        victim.kill()
        try victim.start()
    }

    /// Gives integration signals and the notifier mentions, and does not wait for either.
    ///
    /// - Returns: The signals' names.
    private func addWork(_ name: String, count: Int, _ suite: RunningSuite, _ load: Load) async -> [String] {
        var signals: [String] = []
        for number in 0..<count {
            let signal = "KILL_\(name)-\(number)"
            // The engine repeats itself until Redis answers, so an entry may be there twice.
            await eventually { try suite.redis.command("XADD", "signals", "*", "event", Engine.signal(signal)) != "" }
            signals.append(signal)
            await load.writers[0].send("mention-\(name)-\(number)", content: "message to @nomad-7, \(name) \(number)")
        }
        return signals
    }

    /// One notification for each mention and each signal: in the user's inbox, and by its stored state.
    private func expectNotifications(
        _ suite: RunningSuite, _ load: Load, signals: [String], inbox: inout InboxReader
    ) async throws {
        let redis = try await suite.connectToRedis()
        let mentions = await load.acknowledged.filter { $0.key.hasPrefix("mention-") }.map(\.value.messageID)
        #expect(mentions.count == signals.count)
        let cards = await load.readers[0].messages.filter { $0.signalID != nil }.map(\.messageID)
        let slot = PartitionMap.partition(of: "nomad-7", of: 16)
        let queue = "sc:{n\(slot)}:real_time"
        // A job whose worker was killed is taken up by another when its claim has run out.
        let deadline = ContinuousClock.now + .seconds(40)
        while ContinuousClock.now < deadline {
            let waiting = try await redis.send(RedisCommand("LLEN", RedisArgument("\(queue):waiting"))).int ?? 0
            let claimed = try await redis.send(RedisCommand("ZCARD", RedisArgument("\(queue):held"))).int ?? 0
            let due = try await redis.send(RedisCommand("ZCARD", RedisArgument("\(queue):due"))).int ?? 0
            try await inbox.read(suite)
            if waiting + claimed + due == 0, inbox.notifications.count >= mentions.count + cards.count { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        let given = inbox.notifications
        let causes = given.compactMap { $0.json["source_message_id"]?.string }
        #expect(DeliveryChecker.notOnce(mentions + cards, in: causes) == [])
        #expect(causes.count == mentions.count + cards.count, "and no other")
        #expect(given.filter { $0.json["notification_type"]?.string == "mention" }.count == mentions.count)
        for notification in given {
            let ended = RedisCommand("HGET", RedisArgument("\(queue):ended:\(notification.notice)"), "nomad-7")
            let state = try await redis.send(ended).string ?? ""
            #expect(state.hasPrefix("sent "), "\(notification.notice)")
        }
        await redis.close()
    }

    /// The daily files hold each message and each card once, in each room.
    private func expectArchive(_ suite: RunningSuite, _ load: Load, signals: [String]) async throws {
        let acknowledged = await load.acknowledged
        func archived(_ room: String) -> [JSONValue] {
            suite.archivedMessages.filter { $0["room_id"]?.string == room }
        }
        func signal(_ message: JSONValue) -> String? {
            message["metadata"]?["signal_data"]?["signal_id"]?.string
        }
        await eventually(within: .seconds(20)) {
            archived("squad_alpha").count { $0["client_id"] != nil } >= acknowledged.count
                && archived("squad_bravo").count { signal($0) != nil } >= signals.count
        }
        let alpha = archived("squad_alpha")
        #expect(DeliveryChecker.notOnce(acknowledged.keys, in: alpha.compactMap { $0["client_id"]?.string }) == [])
        #expect(
            DeliveryChecker.notOnce(
                acknowledged.values.map(\.messageID), in: alpha.compactMap { $0["message_id"]?.string }) == [])
        for room in ["squad_alpha", "squad_bravo"] {
            #expect(DeliveryChecker.notOnce(signals, in: archived(room).compactMap(signal)) == [])
        }
    }
}

/// Everything that was ever put into a user's inbox, read on and on: an inbox keeps the newest only.
private struct InboxReader {
    let user: String
    private(set) var notifications: [(notice: String, json: JSONValue)] = []
    private var last = "0"

    init(user: String) { self.user = user }

    mutating func read(_ suite: RunningSuite) async throws {
        let redis = try await suite.connectToRedis()
        let entries = try await redis.send(
            RedisCommand(
                "XRANGE", RedisArgument(RedisNames.inbox(user: self.user)), RedisArgument("(\(self.last)"), "+"))
        for entry in entries.array ?? [] {
            self.last = entry.array?.first?.string ?? self.last
            let fields = entry.array?.last?.map() ?? [:]
            guard fields["event"]?.string == PersonalEvent.Event.notification else { continue }
            let notice = fields["notice"]?.string ?? ""
            let text = try await redis.send(RedisCommand("GET", RedisArgument(RedisNames.notice(notice)))).string
            self.notifications.append((notice, try JSONValue(parsing: (text ?? "").utf8)))
        }
        await redis.close()
    }
}
