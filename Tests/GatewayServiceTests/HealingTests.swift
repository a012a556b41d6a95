import NIOCore
import Redis
import TestSupport
import Testing
import WireContract

@testable import GatewayService

/// What was missed comes, in order and once; what cannot come is replaced by the page.
struct HealingTests {
    private static let room = "squad_alpha"

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

    @Test("rooms of one partition are healed by one command; another partition's by another")
    func healsTogether() async throws {
        let harness = try await Harness.start()
        let client = try await harness.connect("atlas-6")
        let loop = harness.loops[0]
        // Four squads' rooms: as many commands as there are partitions among them.
        var partitions: Set<Int> = []
        var byPartition: [Int: [String]] = [:]
        for number in 0..<200 {
            let room = "squad_s\(number)"
            byPartition[loop.chat.partition(of: room), default: []].append("s\(number)")
        }
        let chosen = byPartition.sorted { $0.key < $1.key }.prefix(2)
        for (partition, squads) in chosen {
            partitions.insert(partition)
            for squad in squads.prefix(2) {
                client.send("{\"id\":1,\"event\":\"join_squad_room\",\"data\":{\"squad_id\":\"\(squad)\"}}")
                _ = try await client.nextText(containing: #""event":"room_history""#)
            }
        }
        harness.chat.change { $0.dropPublications = 4 }
        for (_, squads) in chosen {
            for squad in squads.prefix(2) { try await harness.chat.post("missed", room: "squad_\(squad)") }
        }
        _ = try harness.server.command("CLIENT", "KILL", "TYPE", "pubsub")
        for _ in 1...4 { _ = try await client.nextText(containing: "missed") }
        #expect(harness.chat.commands(.catchUp).count == partitions.count)
        await harness.stop()
    }

    @Test("while Redis is away sockets stay, and go on when it is back")
    func redisAway() async throws {
        let harness = try await Harness.start()
        let client = try await harness.member("viper-1")
        harness.server.pause()
        client.send(#"{"id":4,"event":"ping"}"#)
        _ = try await client.nextText(containing: #"{"id":4,"ok""#)
        client.send(
            #"{"id":5,"event":"send_message","data":{"room_id":"squad_alpha","content":"a","client_id":"c"}}"#)
        // Long enough for two silences of the subscription, which is then replaced.
        let loop = harness.loops[0]
        await eventually { try await loop.eventLoop.submit { !loop.isReady }.get() }
        harness.server.resume()
        #expect(try await client.nextText(containing: #"{"id":5"#, within: .seconds(9)).contains(#""ok""#))
        #expect(try await client.nextText(containing: "new_message").contains(#""content":"a""#))
        await harness.stop()
    }

    @Test("an unasked end of a subscription is healed when it is restored")
    func unaskedEnd() async throws {
        let harness = try await Harness.start()
        let client = try await harness.member("viper-1")
        let loop = harness.loops[0]
        let channel = RedisSubscriber.Channel.sharded(
            RedisNames.live(room: Self.room, partition: loop.chat.partition(of: Self.room)))
        harness.chat.change { $0.dropPublications = 1 }
        try await harness.chat.post("one", room: Self.room)
        try await loop.eventLoop.submit {
            loop.router.subscriber(loop.subscriber, lost: channel)
            loop.router.subscriber(loop.subscriber, restored: channel)
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
}
