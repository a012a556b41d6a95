import Domain
import JSON
import Redis
import TestSupport
import Testing
import WireContract

@testable import ChatService

/// Reactions are let go with their message, and come back with it from wherever they were kept.
@Suite(.timeLimit(.minutes(2)))
struct ReactionReturnTests {
    let reacted: ReactedMessage

    init() async throws { self.reacted = try await ReactedMessage() }

    @Test("reactions go with their message, and come back with it from the archive at the next")
    func back() async throws {
        try await self.reacted.react("👍", 0..<60)
        try await self.reacted.react("🔥", "ghost-2")
        try await self.reacted.say(3)
        try await self.reacted.trim()
        #expect(try await self.reacted.count("👍") == 60, "nothing is archived yet")
        try await self.reacted.bench.archiveOutbox()
        try await self.reacted.trim(step: true)
        #expect(try await self.reacted.count("👍") == 60, "a process that dies here has lost nothing")
        try await self.reacted.trim()
        #expect(try await self.reacted.bench.send("HEXISTS", self.reacted.room.messages, self.reacted.message).int == 0)
        #expect(try await self.reacted.bench.send("HLEN", self.reacted.room.reacted).int == 0)
        #expect(try await self.reacted.keysOfReactions().isEmpty)

        // Done already, says the archive: nothing comes back for that.
        #expect(try await self.reacted.react("👍", "p3") == ["done", "unchanged"])
        #expect(try await self.reacted.bench.send("HEXISTS", self.reacted.room.messages, self.reacted.message).int == 0)
        #expect(try await self.reacted.react("👍", "viper-1") == ["done"])
        #expect(try await self.reacted.count("👍") == 61)
        #expect(try await self.reacted.count("🔥") == 1)
        // Who is only in the archive is there; who is taken back here is not, whatever the archive says.
        #expect(try await self.reacted.react("👍", "p55") == ["done", "unchanged"])
        #expect(try await self.reacted.takeBack("👍", "p55") == ["done"])
        #expect(try await self.reacted.takeBack("👍", "p55") == ["done", "unchanged"])
        #expect(try await self.reacted.react("👍", "viper-1") == ["done", "unchanged"])
        #expect(try await self.reacted.react("👍", "p55") == ["done"])
        #expect(try await self.reacted.takeBack("🔥", "ghost-2") == ["done"])
        #expect(try await self.reacted.count("👍") == 61)
        #expect(try await self.reacted.count("🔥") == nil)

        try await self.reacted.bench.archiveOutbox()
        try await self.reacted.trim()
        #expect(
            try await self.reacted.bench.send("HEXISTS", self.reacted.room.messages, self.reacted.message).int == 1,
            "the log still tells it")
        try await self.reacted.say(3)
        try await self.reacted.bench.archiveOutbox()
        try await self.reacted.trim()
        #expect(try await self.reacted.keysOfReactions().isEmpty)
        let archived = try #require(
            try await self.reacted.bench.archive.message(self.reacted.message, in: "squad_alpha"))
        #expect(try JSONValue(parsing: archived.json)["reaction_counts"]?["👍"]?.integer == 61)
    }

    @Test("an outcome of a message that was let go brings its reactions back too")
    func outcome() async throws {
        let card = "squad_alpha.\(self.reacted.bench.fence.runID.prefix(12)).5"
        let data = #"{"message_id":"\#(card)","emoji":"🔥"}"#
        for user in ["viper-1", "ghost-2"] {
            try await self.reacted.bench.applyFully(.addReaction, data, user: user, id: user)
        }
        try await self.reacted.say(4)
        try await self.reacted.bench.archiveOutbox()
        try await self.reacted.trim()
        #expect(try await self.reacted.bench.send("HEXISTS", self.reacted.room.messages, card).int == 0)
        let answers = try await self.reacted.bench.applyFully(
            .updateSignal, #"{"signal_id":"S1","outcome":"WIN"}"#, user: "", id: "o")
        #expect(answers.map(\.first) == ["archive", "held", "done"])
        let again = try await self.reacted.bench.applyFully(.addReaction, data, user: "ghost-2", id: "again")
        #expect(again == [["archive"], ["done", "unchanged"]])
        #expect(
            try await self.reacted.bench.send("HGET", self.reacted.room.reacted, card).string
                == #""reactions":{"🔥":["viper-1","ghost-2"]},"reaction_counts":{"🔥":2}"#)
    }

    @Test("however many are let go at once, none of their reactions is left")
    func many() async throws {
        let (bench, room) = (self.reacted.bench, self.reacted.room)
        try await self.reacted.say(250)
        for message in try await bench.send("HKEYS", room.messages).array?.compactMap(\.string) ?? [] {
            let data = #"{"message_id":"\#(message)","emoji":"👍"}"#
            #expect(try await bench.apply(.addReaction, data, user: "ghost-2", id: message) == ["done"])
        }
        #expect(try await self.reacted.keysOfReactions().count > 250)
        try await self.reacted.say(2)
        try await bench.archiveOutbox()
        try await self.reacted.trim()
        #expect(try await bench.send("HLEN", room.messages).int == 1)
        #expect(try await bench.send("HLEN", room.reacted).int == 0)
        #expect(try await self.reacted.keysOfReactions().isEmpty)
    }

    @Test("what happened to a message that is lost is a reason to reload, and is not told by halves")
    func lost() async throws {
        let (bench, room) = (self.reacted.bench, self.reacted.room)
        try await self.reacted.react("👍", "ghost-2")
        let gateway = try await TestGateway(self.reacted.server.url, name: "gw")
        for (keys, isRecovered) in [([], true), ([room.reacted], false)] {
            for key in keys { try await bench.send("DEL", key) }
            let heard = gateway.replies.count
            let data = #"{"seq":5,"epoch":"\#(bench.fence.runID.prefix(12))"}"#
            try await bench.apply(.resume, data, id: "resume-\(heard)")
            await eventually { gateway.replies.count > heard }
            #expect(gateway.replies.last?.json?["recovered"]?.boolean == isRecovered)
        }
    }

    @Test(
        "over an emptied Redis a resume is told of a reaction to a message that was old by then, as long as the log tells it, also of one that was taken back",
        arguments: [false, true])
    func restoredTold(isTakenBack: Bool) async throws {
        let reacted = try await ReactedMessage(kept: 5)
        let gateway = try await TestGateway(reacted.server.url, name: "gw")
        try await reacted.say(10)
        try await reacted.react("👍", "ghost-2")
        if isTakenBack { try await reacted.takeBack("👍", "ghost-2") }
        try await reacted.bench.archiveOutbox()
        try await reacted.bench.send(
            "DEL", reacted.room.messages, reacted.room.index, reacted.room.changed, reacted.room.reacted)
        try await reacted.bench.send("HSET", reacted.room.room, "epoch", "0000", "seq", "0", "epochs", "")
        try await reacted.bench.reopening.reopen("squad_alpha", reacted.bench.fence, reacted.bench.connection)
        #expect(
            try await reacted.bench.send("HGET", reacted.room.room, "trimmed").string == "10")
        // Answers of messages and reactions may still be on their way.
        func resumed() -> [ChatReply] { gateway.replies.filter { $0.json?["recovered"] != nil } }
        for round in 0..<2 {
            let heard = resumed().count
            let data = #"{"seq":14,"epoch":"\#(reacted.bench.fence.runID.prefix(12))"}"#
            try await reacted.bench.applyFully(.resume, data, id: "resume-\(round)")
            await eventually { resumed().count > heard }
            let told = try #require(resumed().last?.pushes.first { $0.event == "reaction_added" })
            #expect(told.value?["reaction_counts"]?["👍"]?.integer == (isTakenBack ? nil : 1))
            #expect(told.value?["reaction_counts"] != nil)
            try await reacted.say(2)
            try await reacted.bench.archiveOutbox()
            try await reacted.trim(to: 5)
        }
        try await reacted.say(5)
        try await reacted.bench.archiveOutbox()
        try await reacted.trim(to: 5)
        #expect(try await reacted.keysOfReactions().isEmpty)
    }

    @Test("over an emptied Redis they come back with the room, and nothing of what Redis held before is left")
    func restored() async throws {
        try await self.reacted.react("👍", 0..<60)
        try await self.reacted.bench.archiveOutbox()
        // Redis comes back as it was long ago, with reactions that the archive knows nothing of.
        try await self.reacted.bench.send("HSET", self.reacted.room.room, "epoch", "0000", "seq", "0", "epochs", "")
        let gone = "squad_alpha.0000.1"
        try await self.reacted.bench.send(
            "HSET", self.reacted.room.reacted, gone, #""reactions":{},"reaction_counts":{}"#)
        try await self.reacted.bench.send("HSET", self.reacted.bench.keys.reactions(message: gone), "👍 viper-1", "1")
        try await self.reacted.bench.reopening.reopen(
            "squad_alpha", self.reacted.bench.fence, self.reacted.bench.connection)
        #expect(
            try await self.reacted.keysOfReactions() == [
                self.reacted.bench.keys.reactions(message: self.reacted.message)
            ])
        #expect(
            try await self.reacted.bench.send("HKEYS", self.reacted.room.reacted).array?.map(\.string) == [
                self.reacted.message
            ])
        #expect(try await self.reacted.names("👍").count == 50)
        #expect(try await self.reacted.count("👍") == 60)
        #expect(try await self.reacted.react("👍", "p55") == ["done", "unchanged"])
        #expect(try await self.reacted.takeBack("👍", "p55") == ["done"])
        #expect(try await self.reacted.react("👍", "viper-1") == ["done"])
        #expect(try await self.reacted.count("👍") == 60)
        #expect(
            try await self.reacted.bench.send("HLEN", self.reacted.bench.keys.reactions(message: self.reacted.message))
                .int == 3)
    }

    @Test("those that a former release kept in the message are read as they are, and taken over at the first change")
    func former() async throws {
        let text = try await self.reacted.stored()
        let people = (0..<60).map { #""p\#($0)""# }.joined(separator: ",")
        let former = text.replacing(#""reactions":{}"#, with: #""reactions":{"👍":[\#(people)],"🔥":["ghost-2"]}"#)
        try await self.reacted.bench.send("HSET", self.reacted.room.messages, self.reacted.message, former)
        for person in 0..<60 { try self.reacted.bench.people.put("p\(person)", .sergeant, squad: "alpha") }
        #expect(try await self.reacted.react("👍", "p59") == ["done", "unchanged"])
        #expect(try await self.reacted.bench.send("EXISTS", self.reacted.room.reacted).int == 0)
        #expect(try await self.reacted.takeBack("👍", "p3") == ["done"])
        #expect(try await self.reacted.names("👍").count == 49)
        #expect(try await self.reacted.count("👍") == 59)
        #expect(try await self.reacted.count("🔥") == 1)
        #expect(
            try await self.reacted.bench.send("HLEN", self.reacted.bench.keys.reactions(message: self.reacted.message))
                .int == 60)
        #expect(try await self.reacted.react("👍", "p58") == ["done", "unchanged"])
        #expect(try await self.reacted.takeBack("👍", "p3") == ["done", "unchanged"])
        #expect(try await self.reacted.react("🔥", "viper-1") == ["done"])
        #expect(try await self.reacted.names("🔥") == ["ghost-2", "viper-1"])
    }
}
