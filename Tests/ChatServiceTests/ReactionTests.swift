import Domain
import JSON
import Redis
import TestSupport
import Testing
import WireContract

@testable import ChatService

/// Reactions stand beside their message: what is told of them is bounded, and what each of them costs.
@Suite(.timeLimit(.minutes(2)))
struct ReactionTests {
    let reacted: ReactedMessage

    init() async throws { self.reacted = try await ReactedMessage() }

    @Test("10 000 people on one message take ten times what 1000 take, and each of them costs what the first did")
    func linear() async throws {
        let empty = try await self.reacted.bytesOfRedis()
        let early = try await self.reacted.leastCost("👍", 0..<1_000)
        let few = try await self.reacted.bytesOfRedis() - empty
        try await self.reacted.react("👍", 1_000..<9_000)
        let late = try await self.reacted.leastCost("👍", 9_000..<10_000)
        let many = try await self.reacted.bytesOfRedis() - empty
        #expect(many < few * 15, "\(few) bytes of 1000, \(many) of 10 000")
        #expect(many < 10_000 * 4_096)
        #expect(late < early * 3, "\(early) µs each at first, \(late) µs at last")
        #expect(try await self.reacted.names("👍") == (0..<50).map { "p\($0)" })
        #expect(try await self.reacted.count("👍") == 10_000)
        let told = try await self.reacted.bench.connection.xrevrange(self.reacted.bench.keys.events, count: 1).first
        #expect((told?.string("json")?.utf8.count ?? .max) < 200)
    }

    @Test("the first 50 are named and all are counted; a name that goes leaves room for the next who comes")
    func names() async throws {
        try await self.reacted.react("👍", 0..<60)
        #expect(try await self.reacted.names("👍") == (0..<50).map { "p\($0)" })
        #expect(try await self.reacted.count("👍") == 60)
        try await self.reacted.takeBack("👍", 10..<12)
        try await self.reacted.takeBack("👍", 55..<56)
        #expect(try await self.reacted.names("👍").count == 48)
        #expect(try await self.reacted.count("👍") == 57)
        // Who is not named is there all the same, and is there once.
        #expect(try await self.reacted.react("👍", "p57") == ["done", "unchanged"])
        #expect(try await self.reacted.takeBack("👍", "p55") == ["done", "unchanged"])
        try await self.reacted.react("👍", "p11")
        #expect(try await self.reacted.names("👍").last == "p11")
        #expect(try await self.reacted.count("👍") == 58)
        try await self.reacted.takeBack("👍", 0..<10)
        try await self.reacted.takeBack("👍", 12..<50)
        #expect(try await self.reacted.names("👍") == ["p11"])
        #expect(try await self.reacted.count("👍") == 10)
        for person in [11, 50, 51, 52, 53, 54, 56, 57, 58, 59] { try await self.reacted.takeBack("👍", "p\(person)") }
        #expect(try await self.reacted.shown()["reactions"]?.bytes.elementsEqual("{}".utf8) == true)
        #expect(try await self.reacted.shown()["reaction_counts"]?.bytes.elementsEqual("{}".utf8) == true)
        #expect(
            try await self.reacted.bench.send(
                "EXISTS", self.reacted.bench.keys.reactions(message: self.reacted.message)
            ).int == 0)
    }

    @Test("of all emoji of a message together 100 people are named, so that everybody is told little at each reaction")
    func namesInAll() async throws {
        let gateway = try await TestGateway(self.reacted.server.url, name: "other", rooms: ["squad_alpha"])
        let emoji = (0..<20).compactMap { Unicode.Scalar(0x1F400 + $0).map(String.init) }
        for one in emoji { try await self.reacted.react(one, 0..<20) }
        func named() async throws -> [Int] {
            var named: [Int] = []
            for one in emoji { named.append(try await self.reacted.names(one).count) }
            return named
        }
        #expect(try await named() == Array(repeating: 20, count: 5) + Array(repeating: 0, count: 15))
        for one in emoji { #expect(try await self.reacted.count(one) == 20) }
        await eventually { gateway.events.count == 400 }
        #expect(gateway.events.map(\.json.count).max() ?? .max < 2_500)
        // A name that goes leaves its place, also to another emoji.
        try await self.reacted.takeBack(emoji[0], 0..<1)
        try await self.reacted.react(emoji[9], 30..<32)
        #expect(try await named() == [19, 20, 20, 20, 20, 0, 0, 0, 0, 1] + Array(repeating: 0, count: 10))
    }

    @Test("a reaction that is there already leaves nothing but a mark that soon goes")
    func unchanged() async throws {
        try await self.reacted.react("👍", "viper-1")
        let (bench, room) = (self.reacted.bench, self.reacted.room)
        let logged = try await bench.send("XLEN", room.log)
        let told = try await bench.send("XLEN", bench.keys.events)
        let data = #"{"message_id":"\#(self.reacted.message)","emoji":"👍"}"#
        #expect(try await bench.apply(.addReaction, data, id: "again") == ["done", "unchanged"])
        #expect(try await bench.send("XLEN", room.log) == logged)
        #expect(try await bench.send("XLEN", bench.keys.events) == told)
        let mark = try #require(try await bench.send("KEYS", "*seen:*:again").array?.first?.string)
        #expect((1...60).contains(try await bench.send("TTL", mark).int ?? 0))
        // A copy of it that comes late does not undo what was done since.
        try await self.reacted.takeBack("👍", "viper-1")
        #expect(try await bench.apply(.addReaction, data, id: "again") == ["done", "repeated"])
        #expect(try await self.reacted.count("👍") == nil)
    }

    @Test("an emoji is one reaction, however it is spelled; what is none is refused")
    func spellings() async throws {
        let gateway = try await TestGateway(self.reacted.server.url, name: "gw")
        for spelling in ["\u{2764}", "\u{2764}\u{FE0F}"] {
            #expect(["done", "unchanged"].starts(with: try await self.reacted.react(spelling, "viper-1")))
        }
        try await self.reacted.react("\u{1F44D}\u{FE0F}", "viper-1")
        try await self.reacted.react("\u{1F44D}", "ghost-2")
        let counts = try #require(try await self.reacted.shown()["reaction_counts"])
        #expect(try counts.fields().map(\.name) == ["\u{2764}\u{FE0F}", "\u{1F44D}"])
        #expect(counts["\u{1F44D}"]?.integer == 2 && counts["\u{2764}\u{FE0F}"]?.integer == 1)
        await eventually { gateway.replies.count == 4 }
        #expect(gateway.replies.last?.json?["emoji"]?.string == "\u{1F44D}")
        try await self.reacted.takeBack("\u{2764}", "viper-1")
        #expect(try await self.reacted.count("\u{2764}\u{FE0F}") == nil)
        await eventually { gateway.replies.count == 5 }
        for none in ["\u{1F469}\u{200D}", "\u{1F44D}\u{301}", "1\u{FE0F}"] {
            let asked = gateway.replies.count
            try await self.reacted.react(none, "viper-1")
            await eventually { gateway.replies.count > asked }
            #expect(gateway.replies.last?.code == "invalid_field")
            #expect(gateway.replies.last?.json?["message"]?.string == "A reaction is one emoji of at most 32 bytes.")
        }
        #expect(try await self.reacted.shown()["reaction_counts"]?.fields().count == 1)
    }

    @Test("what a release of before kept under another spelling, or under none, is taken back as it stands")
    func formerSpellings() async throws {
        let (bench, room) = (self.reacted.bench, self.reacted.room)
        let former = ["\u{1F44D}\u{FE0F}", "\u{1F525}\u{301}"]
        let names = former.map { #""\#($0)":["viper-1"]"# }.joined(separator: ",")
        let counts = former.map { #""\#($0)":1"# }.joined(separator: ",")
        try await bench.send(
            "HSET", room.reacted, self.reacted.message, #""reactions":{\#(names)},"reaction_counts":{\#(counts)}"#)
        for one in former {
            try await bench.send("HSET", bench.keys.reactions(message: self.reacted.message), one + " viper-1", "1")
        }
        try await self.reacted.react("\u{1F44D}", "viper-1")
        // Two stand there now, and each goes by its own name.
        #expect(try await self.reacted.takeBack(former[0], "viper-1") == ["done"])
        #expect(try await self.reacted.count(former[0]) == nil)
        #expect(try await self.reacted.count("\u{1F44D}") == 1)
        #expect(try await self.reacted.takeBack(former[0], "viper-1") == ["done"])
        #expect(try await self.reacted.count("\u{1F44D}") == nil)
        #expect(try await self.reacted.takeBack(former[1], "viper-1") == ["done"])
        #expect(try await self.reacted.shown()["reaction_counts"]?.fields().isEmpty == true)
    }

    @Test("a message takes 20 different emoji; the 21st is refused until one is gone")
    func distinct() async throws {
        let emoji = (0..<21).compactMap { Unicode.Scalar(0x1F400 + $0).map(String.init) }
        for one in emoji.prefix(20) { #expect(try await self.reacted.react(one, "viper-1") == ["done"]) }
        #expect(try await self.reacted.react(emoji[20], "ghost-2") == ["done", "invalid_field"])
        #expect(try await self.reacted.react(emoji[3], "ghost-2") == ["done"])
        try await self.reacted.takeBack(emoji[7], "viper-1")
        #expect(try await self.reacted.react(emoji[20], "ghost-2") == ["done"])
        #expect(try await self.reacted.shown()["reaction_counts"]?.fields().count == 20)
    }

    @Test("a reaction that is sent again is answered with what is on the message by then, also when Redis let go of it")
    func repeated() async throws {
        let (bench, data) = (self.reacted.bench, #"{"message_id":"\#(self.reacted.message)","emoji":"👍"}"#)
        let gateway = try await TestGateway(self.reacted.server.url, name: "gw")
        try await bench.apply(.addReaction, data, id: "same")
        try await self.reacted.react("🔥", "ghost-2")
        #expect(try await bench.applyFully(.addReaction, data, id: "same") == [["done", "repeated"]])
        await eventually { gateway.replies.count == 3 }
        let answer = try #require(gateway.replies.last?.json)
        #expect(answer["seq"]?.integer == 6 && answer["emoji"]?.string == "👍")
        #expect(try answer["reaction_counts"]?.fields().map(\.name) == ["👍", "🔥"])
        try await self.reacted.say(4)
        try await bench.archiveOutbox()
        try await self.reacted.trim()
        #expect(
            try await bench.applyFully(.addReaction, data, id: "same") == [["archive"], ["done", "repeated"]])
        await eventually { gateway.replies.last?.json?["reactions"]?["🔥"] != nil && gateway.replies.count == 8 }
        #expect(try await bench.apply(.removeReaction, data, id: "same") == ["done", "conflict"])
    }

    @Test("the log and the outbox keep who and what; everybody is told what is on the message now")
    func delta() async throws {
        let gateway = try await TestGateway(self.reacted.server.url, name: "gw", rooms: ["squad_alpha"])
        try await self.reacted.react("👍", "viper-1")
        try await self.reacted.react("👍", "ghost-2")
        let delta = #"{"seq":6,"message_id":"\#(self.reacted.message)","emoji":"👍","user_id":"viper-1"}"#
        #expect(
            try await self.reacted.bench.connection.xrange(self.reacted.room.log, from: "6-0").first?.string("json")
                == delta)
        let entries = try await self.reacted.bench.connection.xrange(self.reacted.bench.keys.events)
        let entry = try #require(entries.first { $0.string("seq") == "6" })
        #expect(entry.string("json") == delta && entry.string("state") == "")
        await eventually { gateway.events.count == 2 && gateway.replies.count == 2 }
        let told = gateway.events.map { String(decoding: $0.json, as: UTF8.self) }
        #expect(told.first == String(delta.dropLast()) + #","reactions":{"👍":["viper-1"]},"reaction_counts":{"👍":1}}"#)
        #expect(gateway.replies.last?.json?["reaction_counts"]?["👍"]?.integer == 2)
        #expect(entry.string("answer") == #"{"message_id":"\#(self.reacted.message)","emoji":"👍","seq":6"#)

        let epoch = self.reacted.bench.fence.runID.prefix(12)
        try await self.reacted.bench.apply(.resume, #"{"seq":3,"epoch":"\#(epoch)"}"#, id: "resume")
        await eventually { gateway.replies.count == 3 }
        let missed = try #require(gateway.replies.last?.pushes)
        #expect(missed.map(\.sequence) == [4, 5, 6, 7])
        for push in [missed[0], missed[2], missed[3]] {
            #expect(push.value?["reaction_counts"]?["👍"]?.integer == 2, "\(push.event)")
            #expect(try push.value?["reactions"]?["👍"]?.elements().count == 2, "\(push.event)")
        }
        #expect(missed[1].value?["reaction_counts"] == nil)
        #expect(missed[2].value?["user_id"]?.string == "viper-1")
        try await self.reacted.bench.apply(
            .catchUp, #"{"rooms":[["squad_alpha","\#(epoch)",5]]}"#, user: "", id: "heal")
        await eventually { gateway.replies.count == 4 }
        let healed = try #require(gateway.replies.last?.pushes.first { $0.event == "reaction_added" })
        #expect(healed.value?["reaction_counts"]?["👍"]?.integer == 2)
    }
}
