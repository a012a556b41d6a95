import Domain
import JSON
import Redis
import TestSupport
import Testing
import WireContract

@testable import ChatService

/// What hundreds who react to the same messages cost: the archive, and who comes back.
@Suite(.timeLimit(.minutes(2)))
struct ReactionCrowdTests {
    let reacted: ReactedMessage

    init() async throws { self.reacted = try await ReactedMessage() }

    @Test("of many who act at once on messages that were let go, the archive is asked once")
    func together() async throws {
        let (bench, room) = (self.reacted.bench, self.reacted.room)
        let card = "squad_alpha.\(bench.fence.runID.prefix(12)).5"
        try await self.reacted.react("👍", 0..<60)
        try await self.reacted.say(3)
        try await bench.archiveOutbox()
        try await self.reacted.trim()
        #expect(try await bench.send("HLEN", room.messages).int == 1)
        for person in 60..<120 { try bench.people.put("p\(person)", .sergeant, squad: "alpha") }
        // Half of them have done it already, and what they do changes nothing; others answer to a message, or act twice.
        var commands = (30..<120).map { (ChatCommand.Kind.addReaction, self.reacted.message, "p\($0)") }
        commands += (0..<30).map { (.addReaction, card, "p\($0)") }
        commands += (100..<120).map { (.removeReaction, self.reacted.message, "p\($0)") }
        let added = commands.enumerated().map { number, command in
            (kind: command.0, data: #"{"message_id":"\#(command.1)","emoji":"👍"}"#, user: command.2, id: "t\(number)")
        }
        let replies = (0..<30).map { number in
            (
                kind: ChatCommand.Kind.sendMessage,
                data: #"{"content":"x","reply_to":"\#(number < 15 ? self.reacted.message : card)"}"#,
                user: "p\(number)",
                id: "r\(number)"
            )
        }
        #expect(try await bench.applyTogether(replies + added) <= 3)
        #expect(try await self.reacted.count("👍") == 100)
        #expect(
            try await bench.send("HGET", room.reacted, card).string?.contains(#""reaction_counts":{"👍":30}"#) == true)
        // And again once their messages are back, without those who reacted.
        let others = (0..<30).map { number in
            (
                kind: ChatCommand.Kind.removeReaction, data: #"{"message_id":"\#(self.reacted.message)","emoji":"👍"}"#,
                user: "p\(number)", id: "u\(number)"
            )
        }
        #expect(try await bench.applyTogether(others) <= 2)
        #expect(try await self.reacted.count("👍") == 70)
    }

    @Test("what the archive said before a command's turn does not count once Redis has let go of something newer")
    func outdated() async throws {
        let bench = self.reacted.bench
        let data = #"{"message_id":"\#(self.reacted.message)","emoji":"👍"}"#
        let card = "squad_alpha.\(bench.fence.runID.prefix(12)).5"
        try await self.reacted.say(3)
        try await bench.archiveOutbox()
        try await self.reacted.trim()
        // Two that stay in one batch: the second is answered with the first.
        let first = #"{"message_id":"\#(card)","emoji":"🔥"}"#
        let entries = try await bench.enter([
            (.addReaction, first, "ghost-2", "a"), (.removeReaction, data, "viper-1", "b"),
        ])
        #expect(try await bench.step(entries) == 0)
        #expect(try await bench.step(Array(entries.prefix(1))) == 1)
        // Meanwhile the second's own reaction came to the archive and went out of Redis.
        let epoch = bench.fence.runID.prefix(12)
        try await bench.archiveOutbox()
        let last = try await bench.archive.highestSequence(of: "squad_alpha")
        let event = #"{"seq":\#(last + 1),"message_id":"\#(self.reacted.message)","emoji":"👍","user_id":"viper-1"}"#
        try await bench.send(
            "XADD", bench.keys.events, "*", "event", "reaction_added", "room", "squad_alpha", "epoch", "\(epoch)",
            "seq",
            "\(last + 1)", "user", "viper-1", "id", "meanwhile", "digest", "d", "answer", "{}", "at", "1", "message",
            self.reacted.message, "json", event, "flags", "-", "state", "")
        try await bench.archiveOutbox()
        // The log goes on above it. No command is sent for that: then what was answered for the second would be forgotten.
        try await bench.send(
            "XADD", self.reacted.room.log, "\(last + 5)-0", "event", "x", "message", "", "user", "", "flags", "-",
            "json",
            "{}")
        try await bench.send("HSET", self.reacted.room.room, "seq", "\(last + 5)")
        try await bench.send("XTRIM", self.reacted.room.log, "MINID", "\(last + 5)-0")
        let rest = Array(entries.dropFirst())
        #expect(try await bench.step(rest) == 0, "asked again")
        #expect(try await bench.step(rest) == 1)
        #expect(try await self.reacted.count("👍") == nil)
        let log = try await bench.connection.xrevrange(self.reacted.room.log, count: 1)
        #expect(log.first?.string("event") == "reaction_removed")
    }

    @Test(
        "a resume over a message that hundreds reacted to names them as often as there is room, and always counts them")
    func crowd() async throws {
        let (bench, people) = (self.reacted.bench, 0..<60)
        let emoji = ["👍", "🔥", "🎯", "🚀", "💎", "🐻", "🐂", "🧠"]
        for one in emoji { try await self.reacted.react(one, people) }
        let gateway = try await TestGateway(self.reacted.server.url, name: "gw")
        try await bench.apply(.resume, #"{"seq":5,"epoch":"\#(bench.fence.runID.prefix(12))"}"#, id: "resume")
        await eventually { !gateway.replies.isEmpty }
        let reply = try #require(gateway.replies.last)
        #expect(reply.json?["recovered"]?.boolean == true)
        #expect(reply.pushes.map(\.sequence) == Array(6...(5 + 60 * emoji.count)))
        #expect(reply.pushes.map { $0.json.count }.reduce(0, +) <= ChatLimits.resumeBytes)
        for (number, push) in reply.pushes.enumerated() {
            for (place, one) in emoji.enumerated() {
                let named = try push.value?["reactions"]?[one]?.elements().count
                // A hundred people of a message are named, here those of the first two emoji.
                #expect(
                    named == (place > 1 || number < 10 ? 0 : number > 200 ? 50 : named), "\(number) \(one)")
                #expect(push.value?["reaction_counts"]?[one]?.integer == 60)
            }
        }
    }
}
