import TestSupport
import Testing

@testable import GatewayService

/// What a client may not say: answered with its code, and nobody else is disturbed.
struct BadInputTests {
    @Test(
        "data larger than its event can need is refused with the limit and goes nowhere",
        arguments: [("send_message", 32_768), ("fetch_history", 4_096), ("add_reaction", 4_096)])
    func largeData(event: String, limit: Int) async throws {
        let harness = try await BadInput.harness.value
        let client = try await harness.connect("viper-1")
        let filler = String(repeating: "x", count: limit)
        client.send("{\"id\":5,\"event\":\"\(event)\",\"data\":{\"room_id\":\"squad_alpha\",\"x\":\"\(filler)\"}}")
        let answer = try await client.nextText(containing: #"{"id":5"#)
        #expect(answer.contains(#""code":"frame_too_large""#))
        #expect(answer.contains("\"limit\":\(limit)"))
        #expect(!harness.chat.commands.contains { $0.data.count > limit })
        await client.abort()
    }

    @Test(
        "bad frames are answered with their code and disturb nobody",
        arguments: [
            ("{", "bad_json"), ("[]", "bad_json"), (#"{"event":"hello"} x"#, "bad_json"),
            (#"{"event":"hello","event":"hello"}"#, "bad_json"), (#"{"id":1,"event":"fly"}"#, "unknown_event"),
            (#"{"id":-1,"event":"hello"}"#, "invalid_field"), (#"{"id":1.5,"event":"hello"}"#, "invalid_field"),
            (#"{"id":1}"#, "invalid_field"), (#"{"id":1,"event":7}"#, "invalid_field"),
            (#"{"id":1,"event":"send_message","data":[]}"#, "invalid_field"),
            (#"{"id":1,"event":"send_message","data":{"room_id":7}}"#, "invalid_field"),
            (#"{"id":1,"event":"send_message","data":{"room_id":"a b"}}"#, "invalid_field"),
            (#"{"id":1,"event":"send_message","data":{"room_id":"a:{x}"}}"#, "invalid_field"),
            (#"{"id":1,"event":"send_message","data":{"room_id":"a","client_id":""}}"#, "invalid_field"),
            (#"{"id":1,"event":"send_message","data":{"room_id":"a","client_id":"a b"}}"#, "invalid_field"),
            (#"{"id":1,"event":"send_message"}"#, "invalid_field"),
            (#"{"id":1,"event":"add_reaction","data":{"message_id":"x"}}"#, "invalid_field"),
            (#"{"id":1,"event":"join_squad_room","data":{"squad_id":"../x"}}"#, "invalid_field"),
            (#"{"id":1,"event":"typing_start","data":{"room_id":"squad_alpha"}}"#, "not_joined"),
        ])
    func badFrames(frame: String, code: String) async throws {
        let harness = try await BadInput.harness.value
        let (bad, good) = (try await harness.connect("viper-1"), try await harness.connect("ghost-2"))
        bad.send(frame)
        #expect(try await bad.nextText(containing: #""error""#).contains("\"code\":\"\(code)\""))
        for client in [bad, good] {
            client.send(#"{"id":99,"event":"ping"}"#)
            #expect(try await client.nextText(containing: #"{"id":99,"ok""#).contains("timestamp"))
        }
        await bad.abort()
        await good.abort()
    }

    @Test("a megabyte of text is answered with frame_too_large and 1009; others do not notice")
    func megabyte() async throws {
        let harness = try await BadInput.harness.value
        let (bad, good) = (try await harness.connect("viper-1"), try await harness.connect("ghost-2"))
        bad.send(
            #"{"id":1,"event":"send_message","data":{"content":""# + String(repeating: "x", count: 1 << 20) + #""}}"#)
        #expect(try await bad.nextText(containing: "frame_too_large").contains(#""limit":65536"#))
        #expect(try await bad.closeCode() == 1009)
        try await good.answersPing()
        await good.abort()
    }

    @Test("a client that sends nothing but nonsense is closed with 4429")
    func nonsense() async throws {
        let harness = try await BadInput.harness.value
        let client = try await harness.connect("viper-1")
        for _ in 1...70 { client.send("{") }
        #expect(try await client.closeCode() == 4429)
    }

    @Test("forged, cut and foreign cookies open nothing")
    func forgedCookies() async throws {
        let harness = try await BadInput.harness.value
        let good = try await harness.cookie("viper-1")
        let forged = [
            "", "sc_session=", "sc_session=viper-1", String(good.dropLast()) + (good.hasSuffix("A") ? "B" : "A"),
            good.replacing("viper-1", with: "atlas-6"), good + "x", "sc_session=viper-1.x.y",
        ]
        for cookie in forged {
            do {
                _ = try await WebSocketTestClient.connect(port: harness.ports[0], headers: [("Cookie", cookie)])
                Issue.record("\(cookie) opened a socket")
            } catch let refused as WebSocketTestClient.Refused {
                #expect(refused.status == 401)
                #expect(refused.body.contains("not_authenticated"))
            }
        }
    }

    @Test("a page elsewhere can neither open a socket nor sign in")
    func foreignOrigin() async throws {
        let harness = try await BadInput.harness.value
        let headers = [("Cookie", try await harness.cookie("viper-1")), ("Origin", "https://evil.example")]
        do {
            _ = try await WebSocketTestClient.connect(port: harness.ports[0], headers: headers)
            Issue.record("a foreign origin opened a socket")
        } catch let refused as WebSocketTestClient.Refused {
            #expect(refused.status == 403)
        }
        let answer = try await harness.post(
            "/api/chat/join", #"{"user_id":"viper-1"}"#, fields: ["Origin": "https://evil.example"])
        #expect(answer.hasPrefix("HTTP/1.1 403"))
        let own = try await harness.post(
            "/api/chat/join", #"{"user_id":"viper-1"}"#, fields: ["Origin": "http://127.0.0.1:\(harness.ports[0])"])
        #expect(own.hasPrefix("HTTP/1.1 200"))
    }
}

/// One gateway for all the tests that leave nothing behind.
enum BadInput {
    static let harness = Task { try await Harness.start() }
}
