import JSON
import TestSupport
import Testing

/// One message travels the whole suite, as `docs/architecture.md` tells it.
@Suite(.serialized)
struct ChatJourneyTests {
    @Test("a message reaches everybody in the room once, its author included, and nobody outside")
    func message() async throws {
        try await RunningSuite.with(gateways: 2) { suite in
            let author = try await suite.socket("viper-1")
            let reader = try await suite.socket("ghost-2", gateway: 1)
            let outsider = try await suite.socket("kilo-9")
            try await self.join(author, squad: "alpha")
            try await self.join(reader, squad: "alpha")
            try await self.join(outsider, squad: "bravo")

            author.send(
                #"{"id":7,"event":"send_message","data":{"room_id":"squad_alpha","content":"Half off at 1R","client_id":"c-1"}}"#
            )
            let answer = try JSONValue(parsing: try await author.nextText(containing: "\"id\":7").utf8)
            let messageID = try #require(answer["ok"]?["message_id"]?.string)
            let sequence = try #require(answer["ok"]?["seq"]?.integer)
            for socket in [author, reader] {
                let push = try await socket.nextText(containing: "new_message", messageID)
                let frame = try JSONValue(parsing: push.utf8)
                #expect(frame["seq"]?.integer == sequence)
                #expect(frame["data"]?["seq"]?.integer == sequence)
                #expect(frame["data"]?["content"]?.string == "Half off at 1R")
                #expect(frame["data"]?["callsign"]?.string == "Viper-1")
                #expect(frame["data"]?["rank"]?.string == "SERGEANT")
                #expect(frame["data"]?["message_type"]?.string == "text")
            }

            // The same command again: the same answer, and nothing new in the room.
            author.send(
                #"{"id":8,"event":"send_message","data":{"room_id":"squad_alpha","content":"Half off at 1R","client_id":"c-1"}}"#
            )
            let again = try JSONValue(parsing: try await author.nextText(containing: "\"id\":8").utf8)
            #expect(again["ok"]?["message_id"]?.string == messageID)
            author.send(
                #"{"id":9,"event":"send_message","data":{"room_id":"squad_alpha","content":"other","client_id":"c-1"}}"#
            )
            #expect(try await author.nextText(containing: "\"id\":9").contains("\"conflict\""))

            author.send(
                #"{"id":10,"event":"send_message","data":{"room_id":"squad_alpha","content":"last","client_id":"c-2"}}"#
            )
            let last = try JSONValue(parsing: try await reader.nextText(containing: "new_message").utf8)
            #expect(last["data"]?["content"]?.string == "last", "the repeat and the conflict reached nobody")
            #expect(!outsider.pending.contains { "\($0)".contains("squad_alpha") })
        }
    }

    @Test("a late joiner gets the history, and reactions toggle for everybody")
    func historyAndReactions() async throws {
        try await RunningSuite.with { suite in
            let author = try await suite.socket("viper-1")
            try await self.join(author, squad: "alpha")
            author.send(
                #"{"id":1,"event":"send_message","data":{"room_id":"squad_alpha","content":"first","client_id":"c-1"}}"#
            )
            let answer = try JSONValue(parsing: try await author.nextText(containing: "\"id\":1").utf8)
            let messageID = try #require(answer["ok"]?["message_id"]?.string)

            let late = try await suite.socket("nomad-7")
            late.send(#"{"id":"j","event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
            let history = try await late.nextText(containing: "\"room_history\"")
            #expect(try Transcript.messages(inHistory: history).last?.messageID == messageID)

            for (event, push) in [("add_reaction", "reaction_added"), ("remove_reaction", "reaction_removed")] {
                late.send(
                    "{\"id\":\"\(event)\",\"event\":\"\(event)\",\"data\":{\"message_id\":\"\(messageID)\",\"emoji\":\"🎯\"}}"
                )
                _ = try await late.nextText(containing: "\"\(event)\"", "\"ok\"")
                let frame = try JSONValue(parsing: try await author.nextText(containing: push).utf8)
                #expect(frame["data"]?["message_id"]?.string == messageID)
                #expect(frame["data"]?["user_id"]?.string == "nomad-7")
                let users = try frame["data"]?["reactions"]?["🎯"]?.elements().compactMap(\.string) ?? []
                #expect(users == (event == "add_reaction" ? ["nomad-7"] : []))
            }
        }
    }

    @Test("an observer reads but cannot write, a recruit cannot enter another squad, a commander can")
    func roles() async throws {
        try await RunningSuite.with { suite in
            let observer = try await suite.socket("owl-3")
            try await self.join(observer, squad: "alpha")
            observer.send(
                #"{"id":1,"event":"send_message","data":{"room_id":"squad_alpha","content":"hello","client_id":"c"}}"#)
            #expect(try await observer.nextText(containing: "\"id\":1").contains("\"forbidden\""))

            let recruit = try await suite.socket("nomad-7")
            recruit.send(#"{"id":2,"event":"join_squad_room","data":{"squad_id":"bravo"}}"#)
            #expect(try await recruit.nextText(containing: "\"id\":2").contains("\"forbidden\""))
            recruit.send(
                #"{"id":3,"event":"send_message","data":{"room_id":"squad_bravo","content":"hello","client_id":"c"}}"#)
            let refusal = try await recruit.nextText(containing: "\"id\":3")
            #expect(refusal.contains("\"forbidden\"") || refusal.contains("\"not_joined\""))

            let commander = try await suite.socket("atlas-6")
            try await self.join(commander, squad: "bravo")
            commander.send(
                #"{"id":4,"event":"send_message","data":{"room_id":"squad_bravo","content":"orders","client_id":"c"}}"#)
            #expect(try await commander.nextText(containing: "\"id\":4").contains("\"ok\""))
        }
    }

    private func join(_ socket: WebSocketTestClient, squad: String) async throws {
        socket.send("{\"id\":\"join\",\"event\":\"join_squad_room\",\"data\":{\"squad_id\":\"\(squad)\"}}")
        _ = try await socket.nextText(containing: "\"join\"", "\"ok\"")
        _ = try await socket.nextText(containing: "\"room_history\"")
    }
}
