import NIOConcurrencyHelpers
import NIOCore
import Redis
import TestSupport
import Testing
import WireContract

@testable import GatewayService

/// A command on its way to chat and back: repeated, refused, given up.
struct CommandTests {
    private static let room = "squad_alpha"

    @Test("a gateway has another name at every start, so that no old answer reaches it")
    func names() async throws {
        let (first, second) = (try await Harness.start(), try await Harness.start())
        #expect(first.loops[0].name != second.loops[0].name)
        #expect(first.loops[0].name.utf8.count >= 12)
        await first.stop()
        await second.stop()
    }

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
        let loop = harness.loops[0]
        let before = harness.chat.commands.count
        // Commands may still be added; answers could not come.
        try harness.forbidSubscriptions()
        _ = try harness.server.command("CLIENT", "KILL", "TYPE", "pubsub")
        await eventually { try await loop.eventLoop.submit { !loop.isReady }.get() }
        client.send(
            #"{"id":3,"event":"send_message","data":{"room_id":"squad_alpha","content":"a","client_id":"c-1"}}"#)
        client.send(#"{"id":4,"event":"ping"}"#)
        _ = try await client.nextText(containing: #"{"id":4"#)
        await eventually { try await loop.eventLoop.submit { loop.chat.waiting > 0 }.get() }
        #expect(harness.chat.commands.count == before)
        try harness.allowSubscriptions()
        #expect(try await client.nextText(containing: #"{"id":3"#, within: .seconds(9)).contains(#""ok":"#))
        #expect(harness.chat.sequence(of: Self.room) == 1)
        await harness.stop()
    }

    @Test("a join that waits for its subscription is unavailable after 10 s")
    func joinWithoutSubscription() async throws {
        let harness = try await Harness.start()
        let client = try await harness.connect("viper-1")
        try harness.forbidSubscriptions()
        _ = try harness.server.command("CLIENT", "KILL", "TYPE", "pubsub")
        let loop = harness.loops[0]
        await eventually { try await loop.eventLoop.submit { !loop.isReady }.get() }
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
        let stream = RedisNames.commands(harness.loops[0].chat.partition(of: "squad_zulu"))
        _ = try harness.server.command(
            "XADD", stream, "99999999999999-1", "kind", "post_system", "id", "x", "data", "{}")
        await eventually { harness.chat.commands.contains { $0.id == "x" } }
        _ = try harness.server.command("DEL", stream)
        for number in 1...100 { _ = try harness.server.command("XADD", stream, "1-\(number)", "kind", "leave") }
        client.send(#"{"id":3,"event":"fetch_history","data":{"room_id":"squad_zulu"}}"#)
        #expect(try await client.nextText(containing: #"{"id":3"#).contains(#""code":"busy""#))
        await harness.stop()
    }

    @Test("of commands that leave together those above the bound are refused as busy, and no other")
    func busyTogether() async throws {
        let harness = try await Harness.start(settings: ["COMMANDS_BOUND": "100"])
        let loop = harness.loops[0]
        let stream = RedisNames.commands(loop.chat.partition(of: "squad_zulu"))
        // As above: nobody reads what comes now.
        _ = try harness.server.command(
            "XADD", stream, "99999999999999-1", "kind", "post_system", "id", "x", "data", "{}")
        await eventually { harness.chat.commands.contains { $0.id == "x" } }
        _ = try harness.server.command("DEL", stream)
        for number in 1...98 { _ = try harness.server.command("XADD", stream, "1-\(number)", "kind", "leave") }
        let refused = NIOLockedValueBox<[String]>([])
        try await loop.eventLoop.submit {
            for name in ["a", "b", "c", "d"] {
                loop.chat.ask(.leave, room: "squad_zulu", user: "viper-1", id: name, data: ByteBuffer(string: "{}")) {
                    if case .failed(let refusal) = $0 {
                        refused.withLockedValue { $0.append("\(name) \(refusal.code)") }
                    }
                }
            }
        }.get()
        await eventually { refused.withLockedValue { $0 } == ["c busy", "d busy"] }
        #expect(try harness.server.command("XLEN", stream).hasPrefix(":100"))
        await harness.stop()
    }

    @Test("a refused join is answered with chat's words and leaves nothing behind")
    func refusedJoin() async throws {
        let harness = try await Harness.start()
        harness.chat.change { $0.refuse = .init(.forbidden, "Not your squad.") }
        let client = try await harness.connect("saber-1")
        client.send(#"{"id":3,"event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
        #expect(try await client.nextText(containing: #"{"id":3,"error":"#).contains("Not your squad."))
        let loop = harness.loops[0]
        await eventually { try await loop.eventLoop.submit { loop.rooms.count }.get() == 0 }
        await harness.stop()
    }
}
