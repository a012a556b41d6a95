import Domain
import TestSupport
import Testing
import WireContract

@testable import ChatService

@Suite(.timeLimit(.minutes(2)))
struct RoomTests {
    let server: RedisServer
    let directory: FakeDirectory
    let chat: ChatProcess
    let gateway: TestGateway

    init() async throws {
        self.server = try await RedisServer.start()
        self.directory = try FakeDirectory()
        self.chat = try await ChatProcess(
            self.server.url, folder: self.server.directory, directory: self.directory,
            limits: ChatLimits(partitions: 1))
        self.gateway = try await TestGateway(self.server.url, rooms: ["squad_alpha"])
    }

    @Test("the first join makes the room with one welcome line; the answer carries it")
    func firstJoin() async throws {
        let reply = try await self.gateway.join("viper-1")
        #expect(reply.succeeded)
        #expect(reply.room == "squad_alpha")
        #expect(reply.sequence == 3)
        #expect(Permissions(rawValue: reply.rights).isSuperset(of: [.read, .send, .react]))
        #expect(reply.json?["name"]?.string == "Squad alpha Command")
        #expect(reply.json?["squad_id"]?.string == "alpha")
        let members = try #require(try reply.json?["members"]?.elements())
        #expect(members.map { $0["user_id"]?.string } == ["viper-1"])
        #expect(members.first?["online"]?.boolean == true)
        let page = try #require(reply.pushes.first)
        #expect(reply.pushes.count == 1)
        #expect(page.event == "room_history" && page.sequence == 3 && page.epoch == reply.epoch)
        #expect(page.contents == ["🎯 Squad alpha tactical channel established. Welcome, operatives!"])
        #expect(
            self.gateway.events.map(\.event) == ["room_created", "new_message", "member_added", "user_joined"])
        await self.chat.stop()
    }

    @Test("a hundred first joins at once make one room, one welcome line, every member once")
    func hundredJoins() async throws {
        for number in 0..<100 { try self.directory.put("user-\(number)", .recruit, squad: "alpha") }
        let replies = try await withThrowingTaskGroup(of: ChatReply.self) { group in
            for number in 0..<100 {
                group.addTask { try await self.gateway.join("user-\(number)", socket: "s\(number)") }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(replies.count == 100 && replies.allSatisfy { $0.succeeded })
        await eventually { self.gateway.events.count >= 202 }
        let events = self.gateway.events
        #expect(events.filter { $0.event == "room_created" }.count == 1)
        #expect(events.filter { $0.event == "new_message" }.count == 1)
        #expect(events.filter { $0.event == "member_added" }.count == 100)
        #expect(events.compactMap(\.sequence) == Array(1...102))
        await self.chat.stop()
    }

    @Test("a message is answered, published once with its seq in front, and in the page of the next join")
    func message() async throws {
        _ = try await self.gateway.join("viper-1")
        let reply = try await self.gateway.say("hold the line", id: "c1")
        #expect(reply.json?["seq"]?.integer == 4)
        #expect(reply.json?["room_id"]?.string == "squad_alpha")
        let id = try #require(reply.json?["message_id"]?.string)
        #expect(id == "squad_alpha.\(try #require(reply.epoch)).4")
        await eventually { self.gateway.events.last?.sequence == 4 }
        let event = try #require(self.gateway.events.last)
        #expect(event.json.starts(with: Array(#"{"seq":4,"message_id":"#.utf8)))
        #expect(event.value?["content"]?.string == "hold the line")
        #expect(event.value?["user_id"]?.string == "viper-1")
        #expect(event.value?["callsign"]?.string == "VIPER-1")
        let page = try #require(try await self.gateway.join("ghost-2", socket: "s2").pushes.first)
        #expect(page.contents.last == "hold the line")
        await self.chat.stop()
    }

    @Test("the same id and content is answered as before and done once; other content is a conflict")
    func repeats() async throws {
        _ = try await self.gateway.join("viper-1")
        let first = try await self.gateway.say("once", id: "c1")
        let second = try await self.gateway.say("once", id: "c1")
        #expect(second.succeeded && second.answer == first.answer)
        #expect(try await self.gateway.say("twice", id: "c1").code == "conflict")
        // Another author's id is another id.
        #expect(try await self.gateway.say("twice", "ghost-2", id: "c1").succeeded)
        #expect(self.gateway.events.filter { $0.event == "new_message" }.count == 3)
        await self.chat.stop()
    }

    @Test("observers read and do nothing else; nobody acts in another squad; a commander does in every")
    func permissions() async throws {
        _ = try await self.gateway.join("viper-1")
        #expect(try await self.gateway.join("owl-3").succeeded)
        #expect(try await self.gateway.say("psst", "owl-3").code == "forbidden")
        let message = try #require(try await self.gateway.say("yes").json?["message_id"]?.string)
        let reaction = try await self.gateway.ask(
            .addReaction, "squad_alpha", user: "owl-3", #"{"message_id":"\#(message)","emoji":"👍"}"#)
        #expect(reaction.code == "forbidden")
        #expect(try await self.gateway.join("saber-1").code == "forbidden")
        #expect(try await self.gateway.say("hi", "saber-1").code == "forbidden")
        #expect(try await self.gateway.ask(.fetchHistory, "squad_alpha", user: "saber-1").code == "forbidden")
        #expect(try await self.gateway.join("nobody").code == "forbidden")
        #expect(try await self.gateway.join("atlas-6", "squad_bravo").succeeded)
        #expect(try await self.gateway.say("orders", "atlas-6", "squad_bravo").succeeded)
        #expect(try await self.gateway.say("?", "atlas-6", "squad_nowhere").code == "unknown_room")
        #expect(try await self.gateway.say("?", "atlas-6", "lobby").code == "unknown_room")
        await self.chat.stop()
    }

    @Test(
        "what cannot be a message is refused with a code, and the next command is applied",
        arguments: [
            (#"{"content":"\#(String(repeating: "x", count: 2_001))"}"#, "message_too_long"),
            (#"{"content":"  \n "}"#, "empty_message"), (#"{"content":7}"#, "invalid_field"),
            (#"{}"#, "invalid_field"), (#"{"content":"x""#, "bad_json"), (#"[]"#, "bad_json"),
            (#"{"content":"x","type":"system"}"#, "forbidden"),
            (#"{"content":"x","type":"trade_signal"}"#, "forbidden"),
            (#"{"content":"x","type":"image"}"#, "unsupported_type"),
            (#"{"content":"x","type":"what"}"#, "unsupported_type"),
            (#"{"content":"x","metadata":[]}"#, "invalid_field"),
            (#"{"content":"x","metadata":{"a":"\#(String(repeating: "x", count: 5_000))"}}"#, "invalid_field"),
            (#"{"content":"x","reply_to":"squad_alpha.0.1"}"#, "message_not_found"),
            (#"{"content":"x","reply_to":"elsewhere"}"#, "message_not_found"),
        ])
    func refused(data: String, code: String) async throws {
        _ = try await self.gateway.join("viper-1")
        let reply = try await self.gateway.ask(.sendMessage, "squad_alpha", user: "viper-1", data)
        #expect(reply.code == code)
        let longest = String(repeating: "x", count: 2_000)
        #expect(try await self.gateway.say(longest).json?["seq"]?.integer == 4)
        await self.chat.stop()
    }

    @Test("a reaction changes the message in place; doing it twice is doing it once; removing it too")
    func reactions() async throws {
        _ = try await self.gateway.join("viper-1")
        // The content tries to look like the field that the script looks for.
        let reply = try await self.gateway.ask(
            .sendMessage, "squad_alpha", user: "viper-1",
            #"{"content":"a,\"reactions\":{\"x\":[]}","metadata":{"reactions":{"k":[]},"n":[]}}"#)
        let message = try #require(reply.json?["message_id"]?.string)
        func react(_ kind: ChatCommand.Kind, _ user: String, _ emoji: String) async throws -> ChatReply {
            try await self.gateway.ask(
                kind, "squad_alpha", user: user, #"{"message_id":"\#(message)","emoji":"\#(emoji)"}"#)
        }
        #expect(try await react(.addReaction, "viper-1", "👍").json?["seq"]?.integer == 5)
        #expect(try await react(.addReaction, "ghost-2", "👍").json?["seq"]?.integer == 6)
        #expect(try await react(.addReaction, "ghost-2", "👍").json?["seq"]?.integer == 6)
        #expect(try await react(.addReaction, "ghost-2", "🔥").json?["seq"]?.integer == 7)
        #expect(try await react(.removeReaction, "viper-1", "👍").json?["seq"]?.integer == 8)
        #expect(try await react(.removeReaction, "viper-1", "👍").json?["seq"]?.integer == 8)
        #expect(try await react(.addReaction, "viper-1", "not an emoji").code == "invalid_field")
        await eventually { self.gateway.events.last?.sequence == 8 }
        let last = try #require(self.gateway.events.last)
        #expect(last.event == "reaction_removed")
        let expected = #"{"👍":["ghost-2"],"🔥":["ghost-2"]}"#
        #expect(last.value?["reactions"].map { String(decoding: $0.bytes, as: UTF8.self) } == expected)
        let page = try #require(try await self.gateway.join("nomad-7").pushes.first)
        let stored = try #require(try page.value?["messages"]?.elements().last)
        #expect(String(decoding: try #require(stored["reactions"]).bytes, as: UTF8.self) == expected)
        #expect(stored["content"]?.string == #"a,"reactions":{"x":[]}"#)
        #expect(
            String(decoding: try #require(stored["metadata"]).bytes, as: UTF8.self)
                == #"{"reactions":{"k":[]},"n":[]}"#)
        await self.chat.stop()
    }
}
