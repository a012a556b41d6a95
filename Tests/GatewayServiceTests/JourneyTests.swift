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

    @Test("a socket that goes away leaves its rooms, and chat is told")
    func leave() async throws {
        let harness = try await Harness.start()
        let client = try await harness.member("viper-1")
        await client.abort()
        await eventually { harness.chat.commands(.leave).map(\.user) == ["viper-1"] }
        let loop = harness.loops[0]
        await eventually { try await loop.eventLoop.submit { loop.rooms.count + loop.sessions.count }.get() == 0 }
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
