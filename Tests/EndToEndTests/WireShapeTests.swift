import JSON
import ServiceRuntime
import TestSupport
import Testing

/// The frames of the running suite are those of the golden files.
@Suite(.serialized)
struct WireShapeTests {
    private func expectGolden(_ name: String, _ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws
    {
        let golden = try JSONValue(parsing: Fixture.bytes("v1/server/\(name).json"))
        let differences = try Shape.differences(golden: golden, real: try JSONValue(parsing: text.utf8))
        #expect(differences.isEmpty, "\(name): \(differences) in \(text)", sourceLocation: sourceLocation)
    }

    @Test("every frame of a chat has the golden shape")
    func chat() async throws {
        try await RunningSuite.with { suite in
            let author = try await suite.socket("viper-1")
            author.send(#"{"id":1,"event":"hello","data":{}}"#)
            try self.expectGolden("connection_confirmed", try await author.nextText(containing: "connection_confirmed"))
            try self.expectGolden("answer_hello", try await author.nextText(containing: "\"id\":1,"))
            author.send(#"{"id":2,"event":"ping","data":{}}"#)
            try self.expectGolden("answer_ping", try await author.nextText(containing: "\"id\":2,"))
            author.send(#"{"id":3,"event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
            try self.expectGolden("answer_join_squad_room_counts", try await author.nextText(containing: "\"id\":3,"))
            try self.expectGolden("room_history_own", try await author.nextText(containing: "\"room_history\""))
            try self.expectGolden("user_joined", try await author.nextText(containing: "\"user_joined\""))

            let other = try await suite.socket("ghost-2")
            other.send(#"{"id":1,"event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
            _ = try await other.nextText(containing: "\"room_history\"")
            other.send(#"{"id":2,"event":"typing_start","data":{"room_id":"squad_alpha"}}"#)
            try self.expectGolden("user_typing", try await author.nextText(containing: "\"user_typing\""))
            other.send(#"{"id":3,"event":"typing_stop","data":{"room_id":"squad_alpha"}}"#)
            try self.expectGolden(
                "user_stopped_typing", try await author.nextText(containing: "\"user_stopped_typing\""))

            author.send(
                #"{"id":7,"event":"send_message","data":{"room_id":"squad_alpha","content":"@Ghost-2 hello","client_id":"c"}}"#
            )
            let answer = try await author.nextText(containing: "\"id\":7,")
            try self.expectGolden("answer_send_message", answer)
            let message = try await other.nextText(containing: "\"new_message\"", "hello")
            try self.expectGolden("new_message", message)
            try self.expectGolden("notification", try await other.nextText(containing: "\"notification\""))
            let frame = try JSONValue(parsing: message.utf8)
            let (id, epoch) = (frame["data"]?["message_id"]?.string ?? "", frame["epoch"]?.string ?? "")
            author.send("{\"id\":10,\"event\":\"add_reaction\",\"data\":{\"message_id\":\"\(id)\",\"emoji\":\"🎯\"}}")
            try self.expectGolden("answer_add_reaction", try await author.nextText(containing: "\"id\":10,"))
            try self.expectGolden("reaction_added", try await other.nextText(containing: "\"reaction_added\""))
            author.send("{\"id\":11,\"event\":\"remove_reaction\",\"data\":{\"message_id\":\"\(id)\",\"emoji\":\"🎯\"}}")
            try self.expectGolden("reaction_removed", try await other.nextText(containing: "\"reaction_removed\""))
            author.send(#"{"id":12,"event":"fetch_history","data":{"room_id":"squad_alpha"}}"#)
            try self.expectGolden("answer_fetch_history_own", try await author.nextText(containing: "\"id\":12,"))
            author.send(
                "{\"id\":13,\"event\":\"resume\",\"data\":{\"room_id\":\"squad_alpha\",\"seq\":1,\"epoch\":\"\(epoch)\"}}"
            )
            try self.expectGolden("answer_resume_counts", try await author.nextText(containing: "\"id\":13,"))
            await other.abort()
            try self.expectGolden(
                "user_left", try await author.nextText(containing: "\"user_left\"", within: .seconds(20)))
        }
    }

    @Test("what happens to a room and its members has the golden shape")
    func members() async throws {
        try await RunningSuite.with { suite in
            let directory = try await Engine.connect(suite)
            func feed(_ role: String, of squad: String, version: Int) async throws {
                try await directory.add(
                    "sc:users",
                    [
                        "user_id": "nomad-7", "username": "Nomad-7", "callsign": "Nomad-7", "squad_id": squad,
                        "role": role, "rank": role.uppercased(), "version": String(version),
                    ])
            }
            let watcher = try await suite.member("viper-1", of: "alpha")
            let member = try await suite.member("nomad-7", of: "alpha")
            let added = try await watcher.nextText(containing: "\"member_added\"", "nomad-7")
            try self.expectGolden("member_added", added)
            let version = Int(WallClock.milliseconds())
            try await feed("corporal", of: "alpha", version: version)
            try self.expectGolden("member_updated", try await member.nextText(containing: "\"member_updated\""))
            try await feed("corporal", of: "bravo", version: version + 1)
            try self.expectGolden("member_removed", try await member.nextText(containing: "\"member_removed\""))

            let epoch = try JSONValue(parsing: added.utf8)["epoch"]?.string ?? ""
            watcher.send(
                "{\"id\":2,\"event\":\"resume\",\"data\":{\"room_id\":\"squad_alpha\",\"seq\":0,\"epoch\":\"\(epoch)\"}}"
            )
            try self.expectGolden("room_created", try await watcher.nextText(containing: "\"room_created\""))
        }
    }

    @Test("a signal's card and its update have the golden shape")
    func signal() async throws {
        try await RunningSuite.with { suite in
            let engine = try await Engine.connect(suite)
            let socket = try await suite.socket("viper-1")
            socket.send(#"{"id":1,"event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
            _ = try await socket.nextText(containing: "\"room_history\"")
            try await engine.add("signals", ["event": Engine.signal("SHAPE_1")])
            try self.expectGolden(
                "new_message_signal", try await socket.nextText(containing: "\"message_type\":\"trade_signal\""))
            try await engine.add(
                "outcomes", ["event": #"{"signal_id":"SHAPE_1","outcome":"WIN","pips_result":41,"exit_price":1.0883}"#])
            try self.expectGolden("signal_updated", try await socket.nextText(containing: "\"signal_updated\""))
        }
    }

    @Test("every refusal has its code, says what limit was broken, and reaches nobody else")
    func refusals() async throws {
        let tooLong = String(repeating: "a", count: 2001)
        let cases: [(frame: String, code: String, golden: String?)] = [
            ("not json", "bad_json", nil),
            ("[1]", "bad_json", nil),
            (#"{"id":1,"event":"dance","data":{}}"#, "unknown_event", nil),
            (#"{"id":1,"event":7,"data":{}}"#, "invalid_field", nil),
            (#"{"id":1,"event":"send_message","data":"text"}"#, "invalid_field", nil),
            (#"{"id":1,"event":"send_message","data":{"room_id":"squad_alpha","content":7}}"#, "invalid_field", nil),
            (#"{"id":1,"event":"send_message","data":{"room_id":"squad_alpha","content":" "}}"#, "empty_message", nil),
            (
                "{\"id\":7,\"event\":\"send_message\",\"data\":{\"room_id\":\"squad_alpha\",\"content\":\"\(tooLong)\"}}",
                "message_too_long", "error_message_too_long"
            ),
            (
                #"{"id":1,"event":"send_message","data":{"room_id":"squad_alpha","content":"x","type":"system"}}"#,
                "forbidden", nil
            ),
            (
                #"{"id":1,"event":"send_message","data":{"room_id":"squad_alpha","content":"x","type":"image"}}"#,
                "unsupported_type", nil
            ),
            (#"{"id":3,"event":"join_squad_room","data":{"squad_id":"bravo"}}"#, "forbidden", "error_forbidden"),
            (#"{"id":3,"event":"join_squad_room","data":{"squad_id":"no such"}}"#, "invalid_field", nil),
            (
                #"{"id":1,"event":"add_reaction","data":{"message_id":"squad_alpha.0f3a9c1b2d4e.99999","emoji":"🎯"}}"#,
                "message_not_found", nil
            ),
        ]
        try await RunningSuite.with { suite in
            let socket = try await suite.socket("viper-1")
            let bystander = try await suite.socket("ghost-2")
            for joined in [socket, bystander] {
                joined.send(#"{"id":"j","event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
                _ = try await joined.nextText(containing: "\"room_history\"")
            }
            for (frame, code, golden) in cases {
                socket.send(frame)
                let answer = try await socket.nextText(containing: "\"error\"")
                #expect(
                    try JSONValue(parsing: answer.utf8)["error"]?["code"]?.string == code,
                    "\(frame.prefix(90)) → \(answer)"
                )
                if let golden { try self.expectGolden(golden, answer) }
            }
            socket.send(
                #"{"id":"last","event":"send_message","data":{"room_id":"squad_alpha","content":"still here","client_id":"l"}}"#
            )
            let first = try await bystander.nextText(containing: "\"new_message\"")
            #expect(first.contains("still here"), "nothing refused reached the room before it")
        }
    }

    @Test("a forged cookie, a foreign origin and an oversize frame are refused at the door")
    func door() async throws {
        try await RunningSuite.with { suite in
            let cookie = try await suite.signIn("viper-1")
            for headers in [
                [], [("Cookie", cookie.dropLast(4) + "AAAA")], [("Cookie", "sc_session=atlas-6.x.y")],
                [("Cookie", cookie), ("Origin", "https://evil.example")],
            ] {
                await #expect(throws: WebSocketTestClient.Refused.self) {
                    _ = try await WebSocketTestClient.connect(
                        port: suite.port(), headers: headers.map { ($0.0, String($0.1)) })
                }
            }
            let socket = try await suite.socket("viper-1")
            socket.send(
                "{\"id\":1,\"event\":\"hello\",\"data\":{\"x\":\"\(String(repeating: "a", count: 1_000_000))\"}}")
            #expect(try await socket.closeCode() == 1009)
        }
    }
}
