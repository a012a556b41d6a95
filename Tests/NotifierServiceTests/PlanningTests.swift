import Curl
import Database
import Domain
import FoundationEssentials
import JSON
import TestSupport
import Testing
import WireContract

@testable import NotifierService

struct PlanningTests {
    private func plan(_ event: RoomEvent, now: Int = 1_000_500, roster: SampleRoster? = nil) throws -> [Notification] {
        let roster = try roster ?? SampleRoster.demo()
        return try NotificationPlanner(roster: roster, fresh: .seconds(300)).notifications(for: event, now: now)
    }

    @Test("a mention reaches the one who is named, with the original's words")
    func mention() throws {
        let notification = try #require(
            try self.plan(sampleEvent("hey @Ghost-2, \(String(repeating: "x", count: 200))")).first)
        #expect(notification.user.rawValue == "ghost-2")
        #expect(notification.title == "Mentioned by Viper-1")
        #expect(notification.message == "Viper-1: hey @Ghost-2, " + String(repeating: "x", count: 86) + "…")
        #expect(notification.priority == .high && notification.wireType == "mention" && !notification.isLate)
        #expect(Notification(json: notification.json)?.json == notification.json)
    }

    @Test(
        "who is told",
        arguments: [
            ("@viper-1 me", []), ("@squad go", ["atlas-6", "ghost-2", "nomad-7", "owl-3"]), ("@saber-1 hi", []),
            ("@ghost-2 @owl-3 @ghost-2", ["ghost-2", "owl-3"]), ("nobody", []),
        ])
    func audience(text: String, expected: [String]) throws {
        #expect(try self.plan(sampleEvent(text)).map(\.user.rawValue).sorted() == expected)
    }

    @Test("a commander of another squad may be called by name, but is not “everyone”; who is gone is not called")
    func commander() throws {
        let bravo = { sampleEvent($0, from: "saber-1", room: "squad_bravo") }
        #expect(try self.plan(bravo("@atlas-6")).map(\.user.rawValue) == ["atlas-6"])
        #expect(try self.plan(bravo("@all")).map(\.user.rawValue) == ["kilo-9"])
        let gone = SampleRoster([try sampleUser("ghost-2", isActive: false)])
        #expect(try self.plan(sampleEvent("@ghost-2 @all"), roster: gone).isEmpty)
    }

    @Test("a late mention is told and says so; an old or stale signal is told to nobody")
    func staleness() throws {
        let late = try self.plan(sampleEvent("@ghost-2"), now: 1_000_000 + 301_000)
        #expect(late.map(\.isLate) == [true])
        let signal = sampleEvent("s", from: "", type: "trade_signal", metadata: sampleSignal)
        #expect(try self.plan(signal).count == 5)
        #expect(try self.plan(signal, now: 1_000_000 + 301_000).isEmpty)
    }

    @Test(
        "a signal as chat posts it alerts its squad, but not when it is marked stale, has expired or is old itself",
        arguments: [
            ("", 5), (#""stale":true,"#, 0), (#""stale":false,"#, 5),
            (#""expires_at":"2026-11-22T10:07:00.000Z","#, 0), (#""expires_at":"2026-11-22T10:08:00.000Z","#, 5),
        ])
    func postedSignal(fields: String, told: Int) throws {
        let event = try goldenSignal(with: fields)
        // Just posted: only what the signal says of itself tells how old it is.
        #expect(try self.plan(event, now: event.producedAt + 500).count == told)
        #expect(try self.plan(event, now: event.producedAt + 200_000).isEmpty, "the engine wrote it 383 s ago")
    }

    @Test("a signal is a system alert for its own squad")
    func signal() throws {
        let alerts = try self.plan(sampleEvent("s", from: "", type: "trade_signal", metadata: sampleSignal))
        #expect(alerts.map(\.user.rawValue).sorted() == ["atlas-6", "ghost-2", "nomad-7", "owl-3", "viper-1"])
        let alert = try #require(alerts.first)
        #expect(alert.wireType == "system_alert" && alert.kind == .tradeSignal)
        #expect(alert.title == "New Trading Signal" && alert.message == "Signal: EURUSD BUY")
        #expect(JSONValue.read(alert.json)?["metadata"]?["signal_data"]?["signal_id"]?.string == "S1")
    }

    @Test(
        "a mention is found however the message is written",
        arguments: [
            #"{"content":"\u0040ghost-2","message_type":"text"}"#, #"{"content":"a\n@ghost-2","message_type":"text"}"#,
            #"{"message_type":"text","metadata":{"content":"none"},"content":"@ghost-2"} "#,
            #"{"message_type":"te\u0078t","content":"@ghost-2"}"#,
            #"{"cont\u0065nt":"@ghost-2","message_type":"text"}"#,
        ])
    func spelling(json: String) throws {
        var event = sampleEvent("nobody")
        event.json = Array(json.utf8)
        #expect(try self.plan(event).map(\.user.rawValue) == ["ghost-2"])
    }

    @Test(
        "what is malformed is told as such, also where nobody is named",
        arguments: [
            "{", #"{"message_type":"text"}{}"#, #"{"message_type":"text","content":"a","content":"b"}"#,
            #"{"message_type":"hologram","content":"a"}"#, #"{"message_type":"text","content":"a}"#,
            #"{"content":"a"}"#,
        ])
    func broken(json: String) throws {
        var event = sampleEvent("nobody")
        event.json = Array(json.utf8)
        #expect(throws: NotificationPlanner.PlanningError.self) { try self.plan(event) }
    }

    @Test("events that are no new messages, and system lines, notify nobody; what is malformed is told as such")
    func others() throws {
        #expect(try self.plan(sampleEvent("@squad", event: "reaction_added")).isEmpty)
        #expect(try self.plan(sampleEvent("@squad", type: "system")).isEmpty)
        var broken = sampleEvent("@squad")
        broken.json = Array("{\"seq\":1,".utf8)
        #expect(throws: NotificationPlanner.PlanningError.self) { try self.plan(broken) }
        let unknown = sampleEvent("x", type: "hologram")
        #expect(throws: NotificationPlanner.PlanningError.malformed("message_type")) { try self.plan(unknown) }
    }

    @Test("the name of a notification is the same for the same event and user, and no other")
    func identity() throws {
        func id(_ sequence: Int, _ user: String, _ kind: NotificationKind = .mention) throws -> NotificationID {
            Notification.identifier(
                room: "squad_alpha", epoch: "abc", sequence: sequence, user: try UserID(user), kind: kind)
        }
        #expect(try id(1, "a") == id(1, "a"))
        #expect(Set([try id(1, "a"), try id(2, "a"), try id(1, "b"), try id(1, "a", .tradeSignal)]).count == 4)
    }

    @Test("who is online gets it on the page; who is not, by mail too", arguments: [true, false])
    func presence(isOnline: Bool) throws {
        let plan = try self.methods(isOnline: isOnline)
        #expect(plan.methods == (isOnline ? [.realTime] : [.realTime, .email]))
        #expect(plan.skipped.contains { $0.method == .email } == isOnline)
    }

    @Test("what was chosen is done: nothing more, and online too")
    func chosen() throws {
        let both = NotificationPreferences(chosenMethods: [.mention: [.realTime, .email]])
        #expect(try self.methods(both, isOnline: true).methods == [.realTime, .email])
        let one = NotificationPreferences(chosenMethods: [.mention: [.realTime]])
        #expect(try self.methods(one, isOnline: false).methods == [.realTime])
        let none = NotificationPreferences(enabledKinds: [.systemAlert])
        #expect(try self.methods(none, isOnline: false).methods.isEmpty)
    }

    @Test("without a mail server, or an address, the reason is kept")
    func reasons() throws {
        #expect(try self.methods(isOnline: false, hasMail: false).skipped.map(\.reason).contains("mail is off"))
        #expect(try self.methods(isOnline: false, hasEmail: false).skipped.map(\.reason).contains("no mail address"))
    }

    private func methods(
        _ preferences: NotificationPreferences = NotificationPreferences(), isOnline: Bool, hasEmail: Bool = true,
        hasMail: Bool = true
    ) throws -> MethodPlanner.Plan {
        let notification = try #require(try self.plan(sampleEvent("@ghost-2")).first)
        let user = try sampleUser("ghost-2", email: hasEmail ? "-" : nil)
        return MethodPlanner(methods: .sample(hasMail: hasMail)).methods(
            for: notification, to: .init(preferences: preferences, isOnline: isOnline, user: user))
    }

    @Test(
        "text for one line has no line breaks and is cut with a mark",
        arguments: [
            ("a\r\nBcc: b", 100, "a Bcc: b"), ("  a \t b  ", 100, "a b"), ("abcdef", 3, "abc…"), ("abc", 3, "abc"),
            ("a\u{202E}b", 100, "a b"), ("ab cd", 3, "ab…"), ("", 5, ""), ("👩‍👩‍👧", 1, "👩‍👩‍👧"),
        ])
    func oneLine(text: String, limit: Int, expected: String) {
        #expect(OneLine.text(text, limit: limit) == expected)
    }

    @Test("a mail about markup shows it, and about line breaks in names loses them")
    func rendering() throws {
        let from = MailMessage.Mailbox(name: "HQ", address: try EmailAddress("hq@example.test"))
        let renderer = try NotificationRenderer(from: from, publicURL: "https://chat.example.test")
        let event = sampleEvent("@ghost-2 <script>alert(1)</script> & \"more\"")
        var planned = try #require(try self.plan(event).first)
        planned = Notification(
            id: planned.id, user: planned.user,
            notice: Notice(
                id: planned.notice.id, kind: .mention, title: "Mentioned by A\r\nBcc: all@example.test",
                message: planned.message, priority: .high, room: planned.room, source: "a", messageID: nil,
                createdAt: 1_795_363_388_000, isLate: true))
        let user = try #require(try SampleRoster.demo().user(planned.user))
        let mail = renderer.mail(about: planned, to: user, address: try EmailAddress("ghost-2@example.test"))
        #expect(mail.subject == "BITTEN Alert: Mentioned by A Bcc: all@example.test")
        #expect(mail.messageID == "<\(planned.id)@example.test>")
        let html = try #require(mail.html)
        #expect(!html.contains("<script>") && html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; "))
        #expect(html.contains("2026-11-22 16:03 UTC") && html.contains("HIGH") && html.contains("told late"))
        #expect(mail.text.contains("<script>alert(1)</script> & \"more\""))
        #expect([html, mail.text].allSatisfy { $0.contains("STAY SHARP, STAY CONNECTED") })
        #expect(!html.contains("{{") && !mail.text.contains("{{"))
        let lines = String(decoding: try mail.encoded(), as: UTF8.self).components(separatedBy: "\r\n")
        #expect(!lines.contains { $0.hasPrefix("Bcc") })
    }

    @Test("preferences come back as they were saved; who saved none has the defaults")
    func preferences() async throws {
        let database = try SQLDatabase(url: "sqlite:\(try temporaryDirectory())/p.sqlite")
        let store = try await PreferenceStore(database)
        let (a, b) = (try UserID("a"), try UserID("b"))
        let chosen = NotificationPreferences(
            enabledKinds: [.mention, .fileShared], chosenMethods: [.mention: [.email, .telegram], .fileShared: []],
            quietHours: .standard, quietExceptions: [.mention], mentionKeywords: ["gold", "größe"])
        try await store.save(NotificationPreferences(), of: a, now: 1)
        try await store.save(chosen, of: a, now: 2)
        let read = try await store.preferences(of: [a, b])
        #expect(read[a] == chosen)
        #expect(read[b] == NotificationPreferences())
    }
}

extension JSONValue {
    static func read(_ bytes: [UInt8]) -> JSONValue? { try? JSONValue(parsing: bytes) }
}
