import NIOCore
import Redis
import TestSupport
import Testing
import WireContract

@testable import GatewayService

/// Real sockets, a real Redis, two gateways where it matters.
struct JourneyTests {
    private static let room = "squad_alpha"

    @Test("the greeting comes first, then the answer, then the history, then what happens")
    func join() async throws {
        let harness = try await Harness.start()
        try await harness.chat.post("before", room: Self.room)
        let client = try await WebSocketTestClient.connect(
            port: harness.ports[0], headers: [("Cookie", try await harness.cookie("viper-1"))])
        client.send(#"{"id":7,"event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
        var texts: [String] = []
        for _ in 1...4 {
            if case .text(let text) = try await client.next(
                "a text", where: { if case .text = $0 { true } else { false } })
            {
                texts.append(text)
            }
        }
        #expect(texts[0].contains("connection_confirmed"))
        #expect(texts[1] == #"{"id":7,"ok":{"room_id":"squad_alpha"}}"#)
        #expect(texts[2].hasPrefix(#"{"event":"room_history","room_id":"squad_alpha","epoch":"0123456789ab","seq":1,"#))
        #expect(texts[3].contains(#""event":"user_joined""#))
        client.send(#"{"id":"x","event":"send_message","data":{"room_id":"squad_alpha","content":"hi"}}"#)
        #expect(try await client.nextText(containing: #"{"id":"x","ok":{"seq":2"#).isEmpty == false)
        await harness.stop()
    }

    @Test("two gateways are one: what is sent at one arrives at both, once and in order")
    func twoGateways() async throws {
        let harness = try await Harness.start(gateways: 2)
        let (viper, ghost) = (try await harness.member("viper-1"), try await harness.member("ghost-2", gateway: 1))
        for number in 1...50 {
            let sender = number % 2 == 0 ? viper : ghost
            sender.send(
                "{\"id\":\(number),\"event\":\"send_message\",\"data\":{\"room_id\":\"squad_alpha\",\"content\":\"m\"}}"
            )
        }
        for client in [viper, ghost] {
            for sequence in 1...50 { #expect(try await client.nextSequence() == sequence) }
        }
        await harness.stop()
    }

    @Test("sockets that join while messages fly see every message once, in order, from their history on")
    func joinWhileFlying() async throws {
        let harness = try await Harness.start()
        let first = try await harness.member("viper-1")
        let total = 400
        async let posting: Void = {
            for number in 1...total { try await harness.chat.post("m\(number)", room: Self.room) }
        }()
        var clients = [(first, 0)]
        for user in ["ghost-2", "nomad-7", "owl-3", "atlas-6"] {
            let client = try await harness.connect(user)
            client.send(#"{"event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
            clients.append((client, try await client.nextSequence("room_history")))
        }
        try await posting
        for (client, start) in clients where start < total {
            for sequence in (start + 1)...total { #expect(try await client.nextSequence() == sequence) }
        }
        await harness.stop()
    }

    @Test("a publication that is lost is asked for, and comes before the one that showed the hole")
    func hole() async throws {
        let harness = try await Harness.start()
        let client = try await harness.member("viper-1")
        try await harness.chat.post("one", room: Self.room)
        harness.chat.change { $0.dropPublications = 2 }
        for text in ["two", "three", "four"] { try await harness.chat.post(text, room: Self.room) }
        for sequence in 1...4 { #expect(try await client.nextSequence() == sequence) }
        #expect(harness.chat.commands(.catchUp).count == 1)
        await harness.stop()
    }

    @Test("a new epoch that lost the log gives every socket the newest page, and goes on from there")
    func newEpoch() async throws {
        let harness = try await Harness.start()
        let clients = [try await harness.member("viper-1"), try await harness.member("ghost-2")]
        try await harness.chat.post("one", room: Self.room)
        for client in clients { #expect(try await client.nextSequence() == 1) }
        harness.chat.beginEpoch("ba9876543210", room: Self.room)
        try await harness.chat.post("two", room: Self.room)
        for client in clients {
            let history = try await client.nextText(containing: #""event":"room_history""#)
            #expect(history.contains(#""epoch":"ba9876543210","seq":2"#))
        }
        try await harness.chat.post("three", room: Self.room)
        for client in clients { #expect(try await client.nextSequence() == 3) }
        await harness.stop()
    }

    @Test("what was published while the subscription was away is healed after the reconnect")
    func reconnect() async throws {
        let harness = try await Harness.start()
        let client = try await harness.member("viper-1")
        try await harness.chat.post("one", room: Self.room)
        #expect(try await client.nextSequence() == 1)
        _ = try harness.server.command("CLIENT", "KILL", "TYPE", "pubsub")
        try await harness.chat.post("two", room: Self.room)
        try await harness.chat.post("three", room: Self.room)
        for sequence in 2...3 { #expect(try await client.nextSequence() == sequence) }
        await harness.stop()
    }

    @Test("an unasked end of a subscription is healed when it is restored")
    func unaskedEnd() async throws {
        let harness = try await Harness.start()
        let client = try await harness.member("viper-1")
        let hub = harness.hubs[0]
        let channel = RedisSubscriber.Channel.sharded(
            RedisNames.live(room: Self.room, partition: hub.chat.partition(of: Self.room)))
        harness.chat.change { $0.dropPublications = 1 }
        try await harness.chat.post("one", room: Self.room)
        try await hub.eventLoop.submit {
            guard let subscriber = hub.subscriber else { return }
            hub.subscriber(subscriber, lost: channel)
            hub.subscriber(subscriber, restored: channel)
        }.get()
        #expect(try await client.nextSequence() == 1)
        await harness.stop()
    }

    @Test("resume brings what was missed, then goes on live; from another epoch it brings the page")
    func resume() async throws {
        let harness = try await Harness.start()
        for text in ["one", "two", "three"] { try await harness.chat.post(text, room: Self.room) }
        let client = try await harness.connect("viper-1")
        client.send(#"{"id":5,"event":"resume","data":{"room_id":"squad_alpha","seq":1,"epoch":"0123456789ab"}}"#)
        #expect(try await client.nextText(containing: #"{"id":5,"ok":"#).contains(#""recovered":true"#))
        try await harness.chat.post("four", room: Self.room)
        for sequence in 2...4 { #expect(try await client.nextSequence() == sequence) }
        let other = try await harness.connect("ghost-2")
        other.send(#"{"id":5,"event":"resume","data":{"room_id":"squad_alpha","seq":1,"epoch":"000000000000"}}"#)
        #expect(try await other.nextText(containing: #"{"id":5,"ok":"#).contains(#""recovered":false"#))
        #expect(try await other.nextSequence("room_history") == 4)
        await harness.stop()
    }

    @Test("a removed member sees the event, then nothing more; the others go on")
    func removed() async throws {
        let harness = try await Harness.start()
        let (viper, nomad) = (try await harness.member("viper-1"), try await harness.member("nomad-7"))
        try await harness.chat.post("out", room: Self.room, event: "member_removed", flag: .drop, user: "nomad-7")
        try await harness.chat.post("secret", room: Self.room)
        #expect(try await nomad.nextSequence("member_removed") == 1)
        #expect(try await viper.nextSequence() == 2)
        nomad.send(#"{"id":9,"event":"typing_start","data":{"room_id":"squad_alpha"}}"#)
        #expect(try await nomad.nextText(containing: #""id":9"#).contains("not_joined"))
        #expect(!nomad.pending.contains { $0.says("secret") })
        await harness.stop()
    }

    @Test("a lost right counts at once: typing is refused after the event")
    func changedRights() async throws {
        let harness = try await Harness.start()
        let nomad = try await harness.member("nomad-7")
        try await harness.chat.post("mute", room: Self.room, event: "member_updated", flag: .rights(1), user: "nomad-7")
        _ = try await nomad.nextSequence("member_updated")
        nomad.send(#"{"id":9,"event":"typing_start","data":{"room_id":"squad_alpha"}}"#)
        #expect(try await nomad.nextText(containing: #""id":9"#).contains("forbidden"))
        await harness.stop()
    }

    // MARK: Commands

    @Test("a command without an answer is added again under the same id, and answered once")
    func resend() async throws {
        let harness = try await Harness.start()
        let client = try await harness.member("viper-1")
        harness.chat.change { $0.ignore[.sendMessage] = 1 }
        client.send(
            #"{"id":3,"event":"send_message","data":{"room_id":"squad_alpha","content":"a","client_id":"c-1"}}"#)
        #expect(try await client.nextText(containing: #"{"id":3"#).contains(#""ok":"#))
        #expect(harness.chat.commands(.sendMessage).map(\.id) == ["c-1", "c-1"])
        #expect(harness.chat.sequence(of: Self.room) == 1)
        await harness.stop()
    }

    @Test("a frame without an id gets one before it is sent, so that its repeat has no second effect")
    func resendWithoutID() async throws {
        let harness = try await Harness.start()
        let client = try await harness.member("viper-1")
        harness.chat.change { $0.ignore[.sendMessage] = 1 }
        client.send(#"{"id":3,"event":"send_message","data":{"room_id":"squad_alpha","content":"a"}}"#)
        #expect(try await client.nextText(containing: #"{"id":3"#).contains(#""ok":"#))
        let ids = harness.chat.commands(.sendMessage).map(\.id)
        #expect(ids.count == 2)
        #expect(Set(ids).count == 1)
        #expect(harness.chat.sequence(of: Self.room) == 1)
        await harness.stop()
    }

    @Test("no command leaves before the channel for its answer is subscribed")
    func answersFirst() async throws {
        let harness = try await Harness.start()
        let client = try await harness.member("viper-1")
        let hub = harness.hubs[0]
        let before = harness.chat.commands.count
        // Commands may still be added; answers could not come.
        _ = try harness.server.command("ACL", "SETUSER", "default", "-subscribe", "-ssubscribe")
        _ = try harness.server.command("CLIENT", "KILL", "TYPE", "pubsub")
        await eventually { try await hub.eventLoop.submit { !hub.isReady }.get() }
        client.send(
            #"{"id":3,"event":"send_message","data":{"room_id":"squad_alpha","content":"a","client_id":"c-1"}}"#)
        client.send(#"{"id":4,"event":"ping"}"#)
        _ = try await client.nextText(containing: #"{"id":4"#)
        await eventually { try await hub.eventLoop.submit { hub.chat.waiting > 0 }.get() }
        #expect(harness.chat.commands.count == before)
        _ = try harness.server.command("ACL", "SETUSER", "default", "+subscribe", "+ssubscribe")
        #expect(try await client.nextText(containing: #"{"id":3"#, within: .seconds(9)).contains(#""ok":"#))
        #expect(harness.chat.sequence(of: Self.room) == 1)
        await harness.stop()
    }

    @Test("a join that waits for its subscription is unavailable after 10 s")
    func joinWithoutSubscription() async throws {
        let harness = try await Harness.start()
        let client = try await harness.connect("viper-1")
        _ = try harness.server.command("ACL", "SETUSER", "default", "-subscribe", "-ssubscribe")
        _ = try harness.server.command("CLIENT", "KILL", "TYPE", "pubsub")
        let hub = harness.hubs[0]
        await eventually { try await hub.eventLoop.submit { !hub.isReady }.get() }
        client.send(#"{"id":3,"event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
        let answer = try await client.nextText(containing: #"{"id":3"#, within: .seconds(20))
        #expect(answer.contains(#""code":"unavailable""#))
        await harness.stop()
    }

    @Test("a command that chat never answers is unavailable after 10 s")
    func unavailable() async throws {
        let harness = try await Harness.start()
        let client = try await harness.member("viper-1")
        harness.chat.change { $0.isSilent = true }
        client.send(#"{"id":3,"event":"fetch_history","data":{"room_id":"squad_alpha"}}"#)
        let answer = try await client.nextText(containing: #"{"id":3"#, within: .seconds(20))
        #expect(answer.contains(#""code":"unavailable""#))
        await harness.stop()
    }

    @Test("commands above the bound are refused as busy")
    func busy() async throws {
        let harness = try await Harness.start(settings: ["COMMANDS_BOUND": "100"])
        let client = try await harness.connect("viper-1")
        // Nobody reads this partition's stream from here on: chat has gone past these ids.
        let stream = RedisNames.commands(harness.hubs[0].chat.partition(of: "squad_zulu"))
        _ = try harness.server.command(
            "XADD", stream, "99999999999999-1", "kind", "post_system", "id", "x", "data", "{}")
        await eventually { harness.chat.commands.contains { $0.id == "x" } }
        _ = try harness.server.command("DEL", stream)
        for number in 1...100 { _ = try harness.server.command("XADD", stream, "1-\(number)", "kind", "leave") }
        client.send(#"{"id":3,"event":"fetch_history","data":{"room_id":"squad_zulu"}}"#)
        #expect(try await client.nextText(containing: #"{"id":3"#).contains(#""code":"busy""#))
        await harness.stop()
    }

    @Test("a refused join is answered with chat's words and leaves nothing behind")
    func refusedJoin() async throws {
        let harness = try await Harness.start()
        harness.chat.change { $0.refuse = .init(.forbidden, "Not your squad.") }
        let client = try await harness.connect("saber-1")
        client.send(#"{"id":3,"event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
        #expect(try await client.nextText(containing: #"{"id":3,"error":"#).contains("Not your squad."))
        let hub = harness.hubs[0]
        await eventually { try await hub.eventLoop.submit { hub.rooms.count }.get() == 0 }
        await harness.stop()
    }

    @Test("a socket that goes away leaves its rooms, and chat is told")
    func leave() async throws {
        let harness = try await Harness.start()
        let client = try await harness.member("viper-1")
        await client.abort()
        await eventually { harness.chat.commands(.leave).map(\.user) == ["viper-1"] }
        let hub = harness.hubs[0]
        await eventually { try await hub.eventLoop.submit { hub.rooms.count + hub.socketCount }.get() == 0 }
        #expect(try harness.server.command("HLEN", RedisNames.sockets(user: "viper-1")).contains("0"))
        await harness.stop()
    }

    @Test("on shutdown sockets hear 1001, chat hears that they left, and the gateway is off the list")
    func shutdown() async throws {
        let harness = try await Harness.start(gateways: 2)
        let client = try await harness.member("viper-1")
        await harness.stopGateway(0)
        #expect(try await client.closeCode() == 1001)
        await eventually { harness.chat.commands(.leave).count == 1 }
        #expect(try harness.server.command("ZCARD", RedisNames.gateways).contains("1"))
        await harness.stop()
    }
}
