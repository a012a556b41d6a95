import NIOCore
import TestSupport
import Testing
import WireContract

@testable import GatewayService

/// What a client may not do, and what happens then.
struct LimitTests {
    private static let message = #"{"id":4,"event":"send_message","data":{"room_id":"squad_alpha","content":"m"}}"#

    @Test("the limit on messages is one for a user over two gateways, and says when to try again")
    func flood() async throws {
        let harness = try await Harness.start(gateways: 2, settings: ["RATE_LIMIT_MESSAGES_PER_MINUTE": "5"])
        let clients = [try await harness.member("viper-1"), try await harness.member("viper-1", gateway: 1)]
        for number in 0..<5 {
            clients[number % 2].send(Self.message)
            #expect(try await clients[number % 2].nextText(containing: #"{"id":4"#).contains(#""ok""#))
        }
        for client in clients {
            client.send(Self.message)
            let answer = try await client.nextText(containing: #"{"id":4,"error""#)
            let error = try #require(JSONValue(parsing: answer.utf8)["error"])
            #expect(error["code"]?.string == "rate_limited")
            #expect((1...60).contains(error["retry_after"]?.integer ?? 0))
        }
        // Another user is not concerned.
        let other = try await harness.member("ghost-2")
        other.send(Self.message)
        #expect(try await other.nextText(containing: #"{"id":4"#).contains(#""ok""#))
        #expect(harness.chat.sequence(of: "squad_alpha") == 6)
        await harness.stop()
    }

    @Test("a message sent again under its id is counted once")
    func repeatedID() async throws {
        let harness = try await Harness.start(settings: ["RATE_LIMIT_MESSAGES_PER_MINUTE": "2"])
        let client = try await harness.member("viper-1")
        for _ in 1...5 {
            client.send(
                #"{"id":4,"event":"send_message","data":{"room_id":"squad_alpha","content":"m","client_id":"same"}}"#)
            #expect(try await client.nextText(containing: #"{"id":4"#).contains(#""ok""#))
        }
        await harness.stop()
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
        good.send(#"{"id":99,"event":"ping"}"#)
        _ = try await good.nextText(containing: #"{"id":99,"ok""#)
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

    @Test("above the cap the oldest socket is closed with 4408, on whichever gateway it is")
    func connectionCap() async throws {
        let harness = try await Harness.start(gateways: 2, settings: ["MAX_CONNECTIONS_PER_USER": "2"])
        let first = try await harness.connect("viper-1")
        let second = try await harness.connect("viper-1", gateway: 1)
        let third = try await harness.connect("viper-1", gateway: 1)
        #expect(try await first.closeCode() == 4408)
        for client in [second, third] {
            client.send(#"{"id":99,"event":"ping"}"#)
            _ = try await client.nextText(containing: #"{"id":99,"ok""#)
        }
        await harness.stop()
    }

    @Test("a reader that stops is closed; the others get everything at once")
    func slowReader() async throws {
        let harness = try await Harness.start(settings: ["OUTBOUND_LIMIT_BYTES": "65536"])
        let slow = try await harness.member("nomad-7", receiveBufferInBytes: 4_096)
        let fast = try await harness.member("viper-1")
        try await slow.stopReading()
        let text = String(repeating: "z", count: 20_000)
        let hub = harness.hubs[0]
        var sequence = 0
        while try await hub.eventLoop.submit({ hub.allSessions.allSatisfy { $0.connection.isOpen } }).get(),
            sequence < 2_000
        {
            sequence = try await harness.chat.post(text, room: "squad_alpha")
            #expect(try await fast.nextSequence() == sequence)
        }
        try await slow.startReading()
        #expect(try await slow.closeCode() == 1013)
        await harness.stop()
    }
}

/// One gateway for all the tests that leave nothing behind.
enum BadInput {
    static let harness = Task { try await Harness.start() }
}
