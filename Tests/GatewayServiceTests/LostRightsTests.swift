import NIOCore
import Redis
import TestSupport
import Testing
import WireContract

@testable import GatewayService

/// A right that was lost is lost here too, however the news of it travels.
struct LostRightsTests {
    private static let room = "squad_alpha"

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

    @Test("who was removed, or given other rights, after a join was read and before it was answered is so after it")
    func lateAnswer() async throws {
        let harness = try await Harness.start()
        let viper = try await harness.member("viper-1")
        harness.chat.change { $0.joinsAreLate = true }
        let (nomad, ghost) = (try await harness.connect("nomad-7"), try await harness.connect("ghost-2"))
        for client in [nomad, ghost] {
            client.send(#"{"id":1,"event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
        }
        await eventually { harness.chat.lateAnswers == 2 }
        try await harness.chat.post("out", room: Self.room, event: "member_removed", flag: .drop, user: "nomad-7")
        try await harness.chat.post("mute", room: Self.room, event: "member_updated", flag: .rights(1), user: "ghost-2")
        #expect(try await viper.nextSequence("member_updated") == 2)
        try await harness.chat.sendLate()
        #expect(try await nomad.nextSequence("member_removed") == 1)
        #expect(try await ghost.nextSequence("member_updated") == 2)
        for (client, code) in [(nomad, "not_joined"), (ghost, "forbidden")] {
            client.send(#"{"id":9,"event":"typing_start","data":{"room_id":"squad_alpha"}}"#)
            #expect(try await client.nextText(containing: #""id":9"#).contains(code))
        }
        try await harness.chat.post("secret", room: Self.room)
        #expect(try await ghost.nextSequence() == 3)
        try await self.expectNothing("secret", harness, nomad)
        await harness.stop()
    }

    @Test("who was removed while the gateway reconnected hears it with the heal, and nothing after it")
    func removedWhileReconnecting() async throws {
        let harness = try await Harness.start()
        let (viper, nomad) = (try await harness.member("viper-1"), try await harness.member("nomad-7"))
        harness.chat.change { $0.dropPublications = 1 }
        try await harness.chat.post(
            "out", room: Self.room, event: "member_removed", flag: .drop, user: "nomad-7")
        _ = try harness.server.command("CLIENT", "KILL", "TYPE", "pubsub")
        try await harness.chat.post("secret", room: Self.room)
        #expect(try await nomad.nextSequence("member_removed") == 1)
        #expect(try await viper.nextSequence() == 2)
        try await self.expectNothing("secret", harness, nomad)
        await harness.stop()
    }

    @Test("a removal that nobody can tell any more is found out before the page of the reload goes out")
    func removalLost() async throws {
        let harness = try await Harness.start()
        let (viper, nomad) = (try await harness.member("viper-1"), try await harness.member("nomad-7"))
        harness.chat.change {
            $0.dropPublications = 1
            $0.outsiders = ["nomad-7"]
        }
        try await harness.chat.post(
            "out", room: Self.room, event: "member_removed", flag: .drop, user: "nomad-7")
        harness.chat.beginEpoch("ba9876543210", room: Self.room)
        try await harness.chat.post("secret", room: Self.room)
        #expect(try await viper.nextText(containing: "room_history").contains("secret"))
        #expect(try await nomad.nextText(containing: "member_removed").contains(#""user_id":"nomad-7""#))
        try await harness.chat.post("more", room: Self.room)
        #expect(try await viper.nextText(containing: "new_message").contains("more"))
        try await self.expectNothing("secret", harness, nomad)
        #expect(!nomad.pending.contains { $0.says("more") })
        await eventually { harness.chat.commands(.leave).contains { $0.user == "nomad-7" } }
        await harness.stop()
    }

    @Test("a chat that is too busy to say who may read takes nobody out of the room: it is asked again")
    func busyCheck() async throws {
        let harness = try await Harness.start()
        let (viper, nomad) = (try await harness.member("viper-1"), try await harness.member("nomad-7"))
        harness.chat.change { $0.isBusy = ["nomad-7": 2] }
        harness.chat.beginEpoch("ba9876543210", room: Self.room)
        try await harness.chat.post("next", room: Self.room)
        for client in [viper, nomad] {
            #expect(try await client.nextText(containing: "room_history").contains("next"))
            try await self.expectNothing("member_removed", harness, client)
        }
        #expect(harness.chat.commands(.fetchHistory).count { $0.user == "nomad-7" } == 3)
        #expect(harness.chat.commands(.leave).isEmpty)
        try await harness.chat.post("more", room: Self.room)
        #expect(try await nomad.nextText(containing: "new_message").contains("more"))
        await harness.stop()
    }

    @Test("chat hears of the end of a socket that it let in and that came to nothing here")
    func neverAdmitted() async throws {
        let harness = try await Harness.start()
        let viper = try await harness.member("viper-1")
        let nomad = try await harness.connect("nomad-7")
        let loop = harness.loops[0]
        try await loop.eventLoop.submit { loop.rooms.joinDeadline = .zero }.get()
        harness.chat.change { $0.joinsAreLate = true }
        nomad.send(#"{"id":1,"event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
        await eventually { harness.chat.lateAnswers == 1 }
        // What lies between the answer and the present is lost.
        harness.chat.change { $0.dropPublications = 1 }
        try await harness.chat.post("lost", room: Self.room)
        harness.chat.beginEpoch("0123456789ab", room: Self.room)
        try await harness.chat.post("next", room: Self.room)
        #expect(try await viper.nextText(containing: "room_history").contains("next"))
        try await harness.chat.sendLate()
        #expect(try await nomad.nextText(containing: #""id":1"#).contains("unavailable"))
        await nomad.abort()
        await eventually { harness.chat.commands(.leave).contains { $0.user == "nomad-7" } }
        await harness.stop()
    }

    @Test("rights that changed in a stretch that is lost count after the reload")
    func changeLost() async throws {
        let harness = try await Harness.start()
        let nomad = try await harness.member("nomad-7")
        harness.chat.change { $0.rights = ["nomad-7": 1] }
        harness.chat.beginEpoch("ba9876543210", room: Self.room)
        try await harness.chat.post("next", room: Self.room)
        #expect(try await nomad.nextText(containing: "member_updated").contains(#""user_id":"nomad-7""#))
        _ = try await nomad.nextText(containing: "room_history")
        nomad.send(#"{"id":9,"event":"typing_start","data":{"room_id":"squad_alpha"}}"#)
        #expect(try await nomad.nextText(containing: #""id":9"#).contains("forbidden"))
        await harness.stop()
    }

    @Test("a user whom the directory retires opens no socket, and loses those that are open")
    func retired() async throws {
        let harness = try await Harness.start()
        let cookie = try await harness.cookie("nomad-7")
        let nomad = try await harness.connect("nomad-7", cookie: cookie)
        let directory = harness.directories[0]
        try await harness.retire("nomad-7")
        await eventually { try directory.user(.init("nomad-7"))?.isActive == false }
        await #expect(throws: WebSocketTestClient.Refused.self) {
            _ = try await WebSocketTestClient.connect(port: harness.ports[0], headers: [("Cookie", cookie)])
        }
        // As the round of the session watch does once a minute.
        _ = try harness.server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        #expect(try await nomad.closeCode() == 4401)
        await harness.stop()
    }

    /// After an answer that comes after everything else.
    private func expectNothing(_ text: String, _ harness: Harness, _ client: WebSocketTestClient) async throws {
        client.send(#"{"id":77,"event":"ping"}"#)
        _ = try await client.nextText(containing: #""id":77"#)
        #expect(!client.pending.contains { $0.says(text) })
    }
}
