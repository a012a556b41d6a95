import NIOCore
import TestSupport
import Testing
import WireContract

@testable import GatewayService

/// Typing, notifications, sessions.
struct PersonalTests {
    private static let start = #"{"id":8,"event":"typing_start","data":{"room_id":"squad_alpha"}}"#

    @Test("typing reaches the others on both gateways, never oneself, and at most once in 3 s")
    func typing() async throws {
        let harness = try await Harness.start(gateways: 2)
        let (viper, ghost) = (try await harness.member("viper-1"), try await harness.member("ghost-2"))
        let nomad = try await harness.member("nomad-7", gateway: 1)
        for _ in 1...5 {
            viper.send(Self.start)
            _ = try await viper.nextText(containing: #"{"id":8,"ok":{}}"#)
        }
        for client in [ghost, nomad] {
            #expect(try await client.nextText(containing: "user_typing").contains(#""username":"viper-1""#))
        }
        // Sending ends it; then nothing of the typing has come to the one who typed.
        viper.send(#"{"id":9,"event":"send_message","data":{"room_id":"squad_alpha","content":"m"}}"#)
        for client in [ghost, nomad] {
            await eventually { client.pending.contains { $0.says("new_message") } }
            let events = client.pending
            let end = try #require(events.firstIndex { $0.says("user_stopped_typing") })
            let message = try #require(events.firstIndex { $0.says("new_message") })
            #expect(end < message)
            #expect(!events.contains { $0.says("user_typing") })  // one start was all
        }
        #expect(!viper.pending.contains { $0.says("typing") })
        await harness.stop()
    }

    @Test("who writes on after a message is shown at once, though less than 3 s have passed")
    func typingAfterMessage() async throws {
        let harness = try await Harness.start()
        let (ghost, viper) = (try await harness.member("ghost-2"), try await harness.member("viper-1"))
        for _ in 1...3 {
            viper.send(Self.start)
            _ = try await ghost.nextText(containing: "user_typing")
            // The page says itself that it ended.
            viper.send(#"{"event":"typing_stop","data":{"room_id":"squad_alpha"}}"#)
            _ = try await ghost.nextText(containing: "user_stopped_typing")
            try await Task.sleep(for: .milliseconds(1_050))
            viper.send(#"{"id":9,"event":"send_message","data":{"room_id":"squad_alpha","content":"m"}}"#)
            _ = try await ghost.nextText(containing: "new_message")
        }
        // Without a message between them one start is all.
        for _ in 1...2 { viper.send(Self.start) }
        _ = try await ghost.nextText(containing: "user_typing")
        try await ghost.answersPing()
        #expect(!ghost.pending.contains { $0.says("user_typing") })
        await harness.stop()
    }

    @Test("messages in quick succession do not make a start of typing free")
    func typingBetweenMessages() async throws {
        let harness = try await Harness.start()
        let (ghost, viper) = (try await harness.member("ghost-2"), try await harness.member("viper-1"))
        for _ in 1...20 {
            viper.send(Self.start)
            viper.send(
                #"{"id":9,"event":"send_message","data":{"room_id":"squad_alpha","content":"","client_id":"x"}}"#)
        }
        viper.send(#"{"id":10,"event":"send_message","data":{"room_id":"squad_alpha","content":"last"}}"#)
        var starts = 0
        while true {
            let event = try await ghost.nextText()
            if event.contains("user_typing") { starts += 1 }
            if event.contains("last") { break }
        }
        #expect((1...3).contains(starts))
        await harness.stop()
    }

    @Test("typing that nobody ends is ended by the receiving gateway after 5 s")
    func typingEnds() async throws {
        let harness = try await Harness.start()
        let ghost = try await harness.member("ghost-2")
        let begun = ContinuousClock.now
        try await harness.chat.publish(
            Publication(
                event: "user_typing", room: "squad_alpha", epoch: "0123456789ab", sequence: nil, user: "viper-1",
                json: Array(#"{"user_id":"viper-1","username":"Viper","room_id":"squad_alpha"}"#.utf8)))
        _ = try await ghost.nextText(containing: "user_typing")
        let end = try await ghost.nextText(containing: "user_stopped_typing", "viper-1")
        #expect(end.contains(#""username":"Viper""#))
        #expect(ContinuousClock.now - begun >= .seconds(5))
        await harness.stop()
    }

    @Test("an observer may not type")
    func observer() async throws {
        let harness = try await Harness.start()
        let owl = try await harness.member("owl-3")
        owl.send(Self.start)
        #expect(try await owl.nextText(containing: #"{"id":8"#).contains("forbidden"))
        await harness.stop()
    }

    @Test("a notification reaches every socket of its user, also one sent while the subscription was away")
    func notifications() async throws {
        let harness = try await Harness.start(gateways: 2)
        let clients = [try await harness.connect("viper-1"), try await harness.connect("viper-1", gateway: 1)]
        let other = try await harness.connect("ghost-2")
        let loop = harness.loops[0]
        // The end of the inbox must be known before something is added to it.
        await eventually { try await loop.eventLoop.submit { loop.inbox.isPlaced("viper-1") }.get() }
        await eventually {
            let second = harness.loops[1]
            return try await second.eventLoop.submit { second.inbox.isPlaced("viper-1") }.get()
        }
        try await Self.notify(harness, "first")
        for client in clients {
            let text = try await client.nextText(containing: #""event":"notification""#)
            #expect(text == #"{"event":"notification","data":{"title":"first"}}"#)
        }
        _ = try harness.server.command("CLIENT", "KILL", "TYPE", "pubsub")
        try await Self.notify(harness, "second")
        for client in clients { _ = try await client.nextText(containing: #""title":"second""#) }
        #expect(!other.pending.contains { $0.says("title") })
        await harness.stop()
    }

    @Test("what came while no page was open is given to the next one, once, in order; a page elsewhere is a page")
    func missed() async throws {
        let harness = try await Harness.start(gateways: 2)
        try await Self.notify(harness, "first")
        try await Self.notify(harness, "second")
        let visit = try await harness.connect("viper-1")
        for title in ["first", "second"] {
            let text = try await visit.nextText(containing: #""event":"notification""#)
            #expect(text.contains("\"title\":\"\(title)\""))
        }
        try await Self.notify(harness, "third")
        _ = try await visit.nextText(containing: #""title":"third""#)
        await eventually {
            let newest = try harness.server.command(
                "XREVRANGE", RedisNames.inbox(user: "viper-1"), "+", "-", "COUNT", "1")
            let pushed = try harness.server.command("GET", RedisNames.inboxPushed(user: "viper-1"))
            return newest.contains(pushed.split(separator: "\r\n").last ?? "none")
        }
        await visit.abort()
        // Elsewhere, and later: nothing is given twice.
        let next = try await harness.connect("viper-1", gateway: 1)
        let loop = harness.loops[1]
        await eventually { try await loop.eventLoop.submit { loop.inbox.isPlaced("viper-1") }.get() }
        try await Self.notify(harness, "fourth")
        let text = try await next.nextText(containing: #""event":"notification""#)
        #expect(text.contains(#""title":"fourth""#))
        await harness.stop()
    }

    @Test(
        "an inbox entry that only names its text is given in the same bytes as ever; one without a text is passed over")
    func byReference() async throws {
        let harness = try await Harness.start()
        let golden = String(decoding: try Fixture.bytes("v1/server/notification.json"), as: UTF8.self)
        let frame = golden.split(separator: "\n")[0]
        let id = "notif_af08690d7373d6d6f89e1b90d2d292c3b15bbb03"
        let head = #"{"event":"notification","data":{"notification_id":"\#(id)","user_id":"viper-1","#
        #expect(frame.hasPrefix(head))
        _ = try harness.server.command("SET", RedisNames.notice("e1"), "{" + frame.dropFirst(head.count).dropLast())
        let inbox = RedisNames.inbox(user: "viper-1")
        // Of a release that stored the whole, of this one, and one whose text was taken back.
        _ = try harness.server.command("XADD", inbox, "*", "event", "notification", "json", #"{"title":"earlier"}"#)
        _ = try harness.server.command("XADD", inbox, "*", "event", "notification", "id", id, "notice", "e1")
        _ = try harness.server.command(
            "XADD", inbox, "*", "event", "notification", "id", "notif_gone", "notice", "gone")
        let visit = try await harness.connect("viper-1")
        #expect(try await visit.nextText(containing: #""event":"notification""#).contains("earlier"))
        #expect(try await visit.nextText(containing: #""event":"notification""#) == frame)
        try await Self.notify(harness, "later")
        #expect(try await visit.nextText(containing: #""event":"notification""#).contains("later"))
        // Read on after an interruption, it is the same.
        _ = try harness.server.command("CLIENT", "KILL", "TYPE", "pubsub")
        _ = try harness.server.command("XADD", inbox, "*", "event", "notification", "id", id, "notice", "e1")
        #expect(try await visit.nextText(containing: #""event":"notification""#) == frame)
        await harness.stop()
    }

    private static func notify(_ harness: Harness, _ title: String) async throws {
        let json = "{\"title\":\"\(title)\"}"
        let id = try await harness.redis.send(
            .init("XADD", .init(RedisNames.inbox(user: "viper-1")), "*", "event", "notification", "json", .init(json)))
        let event = PersonalEvent(event: "notification", inboxID: id.string, json: Array(json.utf8))
        _ = try await harness.redis.send(
            .init("SPUBLISH", .init(RedisNames.personal(user: "viper-1")), .init(event.encoded)))
    }

    @Test("signing out ends the session and its sockets with 4401, and no other session of the user")
    func signOut() async throws {
        let harness = try await Harness.start(gateways: 2)
        let cookie = try await harness.cookie("viper-1")
        let mine = try await harness.connect("viper-1", gateway: 1, cookie: cookie)
        let other = try await harness.connect("viper-1")
        let answer = try await harness.post("/api/chat/leave", "", fields: ["Cookie": cookie])
        #expect(answer.hasPrefix("HTTP/1.1 200"))
        #expect(try await mine.closeCode() == 4401)
        try await other.answersPing()
        let session = try await RawHTTP.request(
            "GET", "/api/chat/session", port: harness.ports[0], fields: ["Cookie": cookie])
        #expect(session.hasPrefix("HTTP/1.1 401"))
        await harness.stop()
    }

    @Test("a page's first look hears that nobody is signed in as an answer, with what the sign-in needs")
    func firstLook() async throws {
        let harness = try await Harness.start()
        let port = harness.ports[0]
        let nobody = try await RawHTTP.request("GET", "/api/chat/session?quiet", port: port)
        #expect(nobody.hasPrefix("HTTP/1.1 200"))
        #expect(nobody.contains(#""user":null"#) && nobody.contains(#""demo_users":[{"#))
        #expect(!nobody.contains(#""error""#))
        let fields = ["Cookie": try await harness.cookie("viper-1")]
        let viper = try await RawHTTP.request("GET", "/api/chat/session?quiet", port: port, fields: fields)
        #expect(viper.contains(#""user_id":"viper-1""#))
        await harness.stop()
    }

    @Test("asking for the session renews the cookie as it renews the session")
    func renewedCookie() async throws {
        let harness = try await Harness.start()
        let cookie = try await harness.cookie("viper-1")
        let answer = try await RawHTTP.request(
            "GET", "/api/chat/session", port: harness.ports[0], fields: ["Cookie": cookie])
        #expect(answer.contains("\(cookie); Path=/; HttpOnly; SameSite=Lax; Max-Age=604800"))
        await harness.stop()
    }

    @Test("a session that ended while nobody could tell is noticed after the reconnect")
    func sessionWatch() async throws {
        let harness = try await Harness.start()
        let client = try await harness.connect("viper-1")
        for key in try harness.server.command("KEYS", "sc:{u:viper-1}:session:*").split(whereSeparator: \.isNewline) {
            _ = try harness.server.command("DEL", String(key))
        }
        _ = try harness.server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        #expect(try await client.closeCode() == 4401)
        await harness.stop()
    }
}
