import Redis
import TestSupport
import Testing
import WireContract
import WorkQueue

@testable import ChatService

/// Messages that go out in one script call: each is treated as if it were alone.
@Suite(.timeLimit(.minutes(2)))
struct MessageBatchTests {
    private func bench() async throws -> (RedisServer, ScriptBench) {
        let server = try await RedisServer.start(arguments: ["--enable-debug-command", "yes"])
        let bench = try await ScriptBench(server.url, folder: server.directory)
        try await EveryCommand.prepare(bench)
        try await bench.apply(.joinSquadRoom, "{}", user: "saber-1", id: "j", room: "squad_bravo")
        return (server, bench)
    }

    private func text(_ text: String) -> String { #"{"content":"\#(text)"}"# }

    @Test(
        "of one batch each message has its own number, answer, log entry and outbox entry, whatever befell the others")
    func eachAlone() async throws {
        let (server, bench) = try await self.bench()
        defer { server.stop() }
        let gateway = try await TestGateway(server.url, name: "gw")
        let epoch = String(bench.fence.runID.prefix(12))
        let before = try await bench.connection.xlen(bench.keys.events)
        let calls = try await bench.calls([
            ("squad_alpha", self.text("one"), "a"), ("squad_bravo", self.text("two"), "b"),
            ("squad_alpha", self.text("one"), "a"), ("squad_alpha", self.text("else"), "a"),
            ("squad_alpha", #"{"content":"x","reply_to":"squad_alpha.\#(epoch).999"}"#, "c"),
            ("squad_alpha", #"{"content":"y","reply_to":"squad_alpha.\#(epoch).6"}"#, "d"),
        ])
        #expect(calls.map(\.entries) == [6])
        // The last is numbered as if all before it were posted; the script says how it really is.
        #expect(
            ScriptBench.words(try await bench.evaluate(calls[0].call))
                == ["some", "5", "renumber", "squad_alpha", "6", "squad_bravo", "4"])
        #expect(ScriptBench.words(try await bench.evaluate(try await bench.calls([])[0].call)) == ["done", "1"])
        await eventually { gateway.replies.count == 6 }
        let answers = gateway.replies
        #expect(gateway.payloads == 2, "one gateway is told in one publication of each call")
        #expect(answers.map { $0.json?["seq"]?.integer } == [6, 4, 6, nil, nil, 7])
        #expect(answers.map(\.code) == [nil, nil, nil, "conflict", "message_not_found", nil])
        #expect(try await bench.connection.xlen(bench.keys.events) == before + 3)
        let events = OutboxEntry.list(try await bench.connection.xrange(bench.keys.events).suffix(3)).map(\.event)
        #expect(events.map(\.commandID) == ["a", "b", "d"] && events.map(\.sequence) == [6, 4, 7])
        #expect(events.map(\.answer) == [answers[0], answers[1], answers[5]].map(\.answer))
        #expect(try await bench.connection.xlen(bench.keys.commands) == 0)
        let room = bench.keys.room("squad_alpha")
        #expect(try await bench.connection.xrange(room.log).suffix(2).map(\.id.milliseconds) == [6, 7])
        #expect(try await bench.send("HGET", room.room, "seq").string == "7")
        let stored = try await bench.send("HGET", room.messages, "squad_alpha.\(epoch).7").string ?? ""
        let head = "new_message squad_alpha \(epoch) 7 - atlas-6\n"
        #expect(
            stored.hasPrefix(head + #"{"seq":7,"message_id":"squad_alpha.\#(epoch).7","epoch":"\#(epoch)","user_id":"#))
        #expect(try await bench.send("ZSCORE", room.index, "squad_alpha.\(epoch).7").string == "7")
    }

    @Test(
        "whoever reads a room gets the messages of a batch in order, and then their authors hear, all in one publication"
    )
    func published() async throws {
        let (server, bench) = try await self.bench()
        let (one, two) = (try await TestGateway(server.url, name: "gw"), try await TestGateway(server.url, name: "gw2"))
        defer { server.stop() }
        try await one.listen(to: "squad_alpha")
        let calls = try await bench.calls([
            ("squad_alpha", self.text("one"), "a"), ("squad_alpha", self.text("two"), "b"),
            ("squad_alpha", self.text("three"), "c"),
        ])
        _ = try await bench.evaluate(calls[0].call)
        await eventually { one.replies.count == 3 }
        #expect(one.events.map(\.sequence) == [6, 7, 8] && one.payloads == 4)
        #expect(one.events.map { $0.value?["content"]?.string } == ["one", "two", "three"])
        #expect(two.payloads == 0)
    }

    @Test(
        "a message with a wrong number is not posted; the right numbers of all rooms are told, and nothing else changes"
    )
    func renumbered() async throws {
        let (server, bench) = try await self.bench()
        defer { server.stop() }
        let messages = [
            (kind: ChatCommand.Kind.sendMessage, data: self.text("one"), user: "atlas-6", id: "a"),
            (kind: .sendMessage, data: self.text("two"), user: "atlas-6", id: "b"),
        ]
        let entries = try await bench.enter(messages)
        await bench.dispatch.learn(["renumber", "squad_alpha", "3"])
        let before = try await bench.send("DEBUG", "DIGEST").string
        let stale = await bench.dispatch.calls(
            for: entries, after: try await bench.cursor(), isAlone: true, bench.fence)
        #expect(
            ScriptBench.words(try await bench.evaluate(stale[0].call)) == ["renumber", "squad_alpha", "5"])
        #expect(try await bench.send("DEBUG", "DIGEST").string == before)
        // The reader's way from there: it learns, and both are posted in the next pipeline.
        #expect(try await bench.step(entries) == 0)
        #expect(try await bench.step(entries) == 2)
        let log = try await bench.connection.xrange(bench.keys.room("squad_alpha").log)
        #expect(log.suffix(2).map(\.id.milliseconds) == [6, 7])
        // Known from then on, also behind what is posted otherwise.
        let more = try await bench.enter([
            (
                .addReaction, #"{"message_id":"squad_alpha.\#(String(bench.fence.runID.prefix(12))).4","emoji":"👍"}"#,
                "viper-1", "r"
            ),
            (.sendMessage, self.text("three"), "atlas-6", "c"), (.joinSquadRoom, "{}", "viper-1", "j"),
            (.sendMessage, self.text("four"), "atlas-6", "d"),
        ])
        #expect(try await bench.step(more) == 4)
        #expect(try await bench.send("HGET", bench.keys.room("squad_alpha").room, "seq").string == "10")
        // A repeat takes no number: what is behind it goes out with the next pipeline, not with the one after that.
        let entered = try await bench.enter([messages[0], (.sendMessage, self.text("five"), "atlas-6", "e")])
        // The join before them is still there: its answer comes beside the pipeline.
        let again = Array(entered.suffix(2))
        #expect(try await bench.step(again) == 1)
        #expect(try await bench.step(Array(again.dropFirst())) == 1)
    }

    @Test("texts of another epoch than the partition's are refused")
    func otherEpoch() async throws {
        let (server, bench) = try await self.bench()
        defer { server.stop() }
        await bench.dispatch.opened("000000000000")
        let call = try await bench.call(.sendMessage, self.text("one"), user: "atlas-6", id: "a")
        #expect(ScriptBench.words(try await bench.evaluate(call)) == ["fenced", "epoch"])
    }

    @Test("what stops a batch in its midst leaves what came before it applied, and nothing of what comes after")
    func stops() async throws {
        for (obstacle, first) in [
            ("log", "error"), ("epoch", "reopen"), ("type", "mistyped"), ("seen", "mistyped"), ("seq", "discard"),
        ] {
            let (server, bench) = try await self.bench()
            let bravo = bench.keys.room("squad_bravo")
            let calls = try await bench.calls([
                ("squad_alpha", self.text("one"), "a"), ("squad_bravo", self.text("two"), "b"),
                ("squad_alpha", self.text("three"), "c"),
            ])
            switch obstacle {
            case "log": try await bench.send("XADD", bravo.log, "1000-0", "event", "x")
            case "seq": try await bench.send("HDEL", bravo.room, "seq")
            case "epoch": try await bench.send("HSET", bravo.room, "epoch", "0000")
            case "type":
                try await bench.send("DEL", bravo.index)
                try await bench.send("SET", bravo.index, "wrong")
            default:
                let seen = bench.keys.seen(room: "squad_bravo", author: "atlas-6", id: "b")
                try await bench.send("RPUSH", seen, "wrong")
            }
            let words = ScriptBench.words(try await bench.evaluate(calls[0].call))
            #expect(words.prefix(2) == ["some", "1"], "\(obstacle)")
            #expect(words.dropFirst(2).first == (first == "error" ? nil : first), "\(obstacle)")
            #expect(try await bench.connection.xlen(bench.keys.commands) == 2, "\(obstacle)")
            #expect(try await bench.send("HGET", bench.keys.room("squad_alpha").room, "seq").string == "6")
            // Now it is the first, and says what is the matter, without having changed anything.
            let rest = try await bench.calls([])
            let before = try await bench.send("DEBUG", "DIGEST").string
            do {
                let answer = try await bench.evaluate(rest[0].call)
                #expect(ScriptBench.words(answer).first == first, "\(obstacle)")
            } catch {
                #expect(first == "error", "\(obstacle): \(error)")
            }
            #expect(try await bench.send("DEBUG", "DIGEST").string == before, "\(obstacle)")
            server.stop()
        }
    }

    @Test("a full outbox lets in what it has room for, in order, and says busy to the rest")
    func bound() async throws {
        let server = try await RedisServer.start()
        var limits = ChatLimits(partitions: 1)
        limits.outboxBound = 6
        let bench = try await ScriptBench(server.url, folder: server.directory, limits: limits)
        try await bench.apply(.joinSquadRoom, "{}", id: "join")
        let gateway = try await TestGateway(server.url, name: "gw")
        let messages = (1...5).map { (room: "squad_alpha", data: self.text("m"), id: "m\($0)") }
        let calls = try await bench.calls(messages + [messages[0]])
        #expect(ScriptBench.words(try await bench.evaluate(calls[0].call)) == ["done", "6"])
        await eventually { gateway.replies.count == 6 }
        #expect(gateway.replies.map(\.code) == [nil, nil, nil, "busy", "busy", nil])
        #expect(gateway.replies.last?.json?["seq"]?.integer == 4)
    }
}
