import Redis
import TestSupport
import Testing
import WireContract

@testable import ChatService

@Suite(.timeLimit(.minutes(2)))
struct SignalTests {
    let server: RedisServer
    let chat: ChatProcess
    let gateway: TestGateway

    init() async throws {
        self.server = try await RedisServer.start()
        var limits = ChatLimits(partitions: 1)
        limits.keptMessages = 20
        self.chat = try await ChatProcess(
            self.server.url, folder: self.server.directory, directory: try FakeDirectory(), limits: limits)
        self.gateway = try await TestGateway(self.server.url, rooms: ["squad_alpha"])
    }

    private let signal =
        #"{"signal_data":{"signal_id":"S1","pair":"EURUSD","direction":"BUY","tcs":84.25,"entry_price":1.1}}"#

    private func post(_ data: String, id: String = "signal:S1:squad_alpha") async throws -> ChatReply {
        try await self.gateway.ask(.postSignal, "squad_alpha", user: "", data, id: id)
    }

    @Test("a signal is a card in a room that need not exist yet; a repeat is one card")
    func posted() async throws {
        let reply = try await self.post(self.signal)
        #expect(reply.json?["seq"]?.integer == 3)
        #expect(try await self.post(self.signal).answer == reply.answer)
        await eventually { self.gateway.events.count == 3 }
        let message = try #require(self.gateway.events.last?.value)
        #expect(message["message_type"]?.string == "trade_signal")
        #expect(message["callsign"]?.string == "HQ")
        #expect(message["metadata"]?["type"]?.string == "trading_signal")
        #expect(message["metadata"]?["outcome"]?.isNull == true)
        #expect(message["metadata"]?["signal_data"]?["signal_id"]?.string == "S1")
        #expect(message["content"]?.string?.contains("⚡ TCS Score: 84.3%") == true)
        await self.chat.stop()
    }

    @Test("prices stay as they were written in card, text and archive")
    func prices() async throws {
        _ = try await self.post(
            #"{"signal_id":"S1","pair":"EURUSD","direction":"BUY","tcs":84,"entry_price":1.10,"entry_price_text":"1.10"}"#
        )
        await eventually { try await self.chat.archive.signal("S1", in: "squad_alpha") != nil }
        let kept = String(
            decoding: try #require(try await self.chat.archive.signal("S1", in: "squad_alpha")).json, as: UTF8.self)
        #expect(kept.contains(#""entry_price":1.10,"entry_price_text":"1.10""#) && kept.contains("Entry: 1.10\\n"))
        await self.chat.stop()
    }

    @Test("an outcome changes the same message, whether it comes after its signal, before it, or much later")
    func outcome() async throws {
        let early = try await self.gateway.ask(
            .updateSignal, "squad_alpha", user: "", #"{"signal_id":"S1","outcome":"WIN","pips_result":12.5}"#, id: "o1")
        #expect(early.json?["parked"]?.boolean == true && early.epoch == nil)
        _ = try await self.post(self.signal)
        await eventually { self.gateway.events.count == 3 }
        #expect(self.gateway.events.last?.value?["metadata"]?["outcome"]?["outcome"]?.string == "WIN")
        let later = try await self.gateway.ask(
            .updateSignal, "squad_alpha", user: "", #"{"outcome":{"signal_id":"S1","outcome":"LOSS"}}"#, id: "o2")
        #expect(later.json?["seq"]?.integer == 4)
        await eventually { self.gateway.events.count == 4 }
        let event = try #require(self.gateway.events.last)
        #expect(event.event == "signal_updated")
        #expect(event.value?["seq"]?.integer == 3)
        #expect(event.value?["metadata"]?["outcome"]?["outcome"]?.string == "LOSS")
        #expect(event.value?["metadata"]?["signal_data"]?["pair"]?.string == "EURUSD")
        // Redis has let go of it, and of its mark.
        _ = try await self.gateway.join("viper-1")
        for number in 1...40 { _ = try await self.gateway.say("m\(number)") }
        await eventually {
            try await self.gateway.redis.send(RedisCommand("HLEN", "sc:{p0}:messages:squad_alpha")).int ?? 99 < 30
        }
        _ = try await self.gateway.redis.send(RedisCommand("DEL", "sc:{p0}:signal:squad_alpha:S1"))
        let old = try await self.gateway.ask(
            .updateSignal, "squad_alpha", user: "", #"{"signal_id":"S1","outcome":"TIMEOUT"}"#, id: "o3")
        #expect(old.json?["message_id"]?.string == event.value?["message_id"]?.string)
        await eventually {
            let stored = try await self.chat.archive.signal("S1", in: "squad_alpha")
            return stored.map { String(decoding: $0.json, as: UTF8.self).contains("TIMEOUT") } == true
        }
        await self.chat.stop()
    }

    @Test("a result is measured against its signal: pips by our table, and what cannot be true is a dead letter")
    func measured() async throws {
        let data =
            #"{"signal_id":"S1","pair":"EURUSD.r","symbol":"EURUSD.r","direction":"BUY","tcs":84,"entry_price":1.1}"#
        _ = try await self.post(data)
        func tell(_ outcome: String, _ id: String) async throws -> ChatReply {
            let json = #"{"signal_id":"S1",\#(outcome)}"#
            return try await self.gateway.ask(.updateSignal, "squad_alpha", user: "", json, id: id)
        }
        for (number, wrong) in [
            #""outcome":"WIN","exit_price":1.09"#, #""outcome":"LOSS","exit_price":1.12"#,
            #""outcome":"WIN","exit_price":41"#,
            #""symbol":"GBPUSD","outcome":"WIN""#, #""direction":"SELL","outcome":"WIN""#,
        ].enumerated() { #expect(try await !tell(wrong, "w\(number)").succeeded) }
        let dead = try await self.gateway.redis.xrange("sc:{p0}:dead")
        #expect(dead.count == 5 && dead.allSatisfy { $0.string("reason")?.hasPrefix("invalid_signal: ") == true })
        _ = try await tell(
            #""symbol":"EUR/USD","direction":"BUY","outcome":"WIN","pips_result":410,"exit_price":1.1041"#, "o1")
        await eventually { self.gateway.events.last?.event == "signal_updated" }
        let outcome = try #require(self.gateway.events.last?.value?["metadata"]?["outcome"])
        #expect(
            String(decoding: outcome.bytes, as: UTF8.self)
                == #"{"outcome":"WIN","pips_result":41.0,"exit_price":1.1041}"#)
        await self.chat.stop()
    }

    @Test("an outcome that came first and cannot be of its signal is not on the card")
    func earlyFault() async throws {
        for (number, id) in ["S1", "S2"].enumerated() {
            let exit = number == 0 ? "1.09" : "1.12"
            _ = try await self.gateway.ask(
                .updateSignal, "squad_alpha", user: "",
                #"{"signal_id":"\#(id)","outcome":"WIN","exit_price":\#(exit)}"#,
                id: "early\(id)")
            _ = try await self.post(
                #"{"signal_id":"\#(id)","pair":"EURUSD","direction":"BUY","tcs":84,"entry_price":1.1}"#,
                id: "signal:\(id)")
        }
        await eventually { self.gateway.events.filter { $0.event == "new_message" }.count == 3 }
        let outcomes = self.gateway.events.suffix(2).map { $0.value?["metadata"]?["outcome"] }
        #expect(outcomes[0]?.isNull == true && outcomes[1]?["outcome"]?.string == "WIN")
        await self.chat.stop()
    }

    @Test("a signal that is read again, later and by another bridge, is the same card")
    func readAgain() async throws {
        let first = try await self.post(#"{"signal_id":"S1","pair":"EURUSD","ingest_ts":1.5}"#)
        let again = try await self.post(#"{"signal_id":"S1","pair":"EURUSD","ingest_ts":9.5,"stale":true}"#)
        #expect(again.succeeded && again.answer == first.answer)
        await eventually { self.gateway.events.count >= 3 }
        #expect(self.gateway.events.filter { $0.event == "new_message" }.count == 2)  // the welcome line and the card
        #expect(try await self.gateway.redis.xlen("sc:{p0}:dead") == 0)
        await self.chat.stop()
    }

    @Test("nesting that nobody could read behind chat is refused at its door, and what is let in is archived")
    func depth() async throws {
        func signal(_ name: String, nesting: Int) -> String {
            let deep = String(repeating: "[", count: nesting) + String(repeating: "]", count: nesting)
            return #"{"signal_id":"\#(name)","deep":\#(deep)}"#
        }
        let limit = CommandData.maximumDepth
        #expect(try await self.post(signal("S17", nesting: limit), id: "signal:S17").code == "unavailable")
        #expect(try await self.post(signal("S16", nesting: limit - 1), id: "signal:S16").succeeded)
        let dead = try await self.gateway.redis.xrange("sc:{p0}:dead")
        #expect(dead.count == 1 && dead.first?.string("reason")?.hasPrefix("bad_json") == true)
        await eventually { try await self.chat.archive.signal("S16", in: "squad_alpha") != nil }
        await self.chat.stop()
    }

    @Test("an outcome of a signal whose mark ran out keeps the reactions that are not archived yet")
    func unarchivedReaction() async throws {
        await self.chat.stop()
        let server = try await RedisServer.start()
        let bench = try await ScriptBench(server.url, folder: server.directory)
        try await EveryCommand.prepare(bench)
        try await bench.archiveOutbox()
        let message = "squad_alpha.\(bench.fence.runID.prefix(12)).5"
        #expect(
            try await bench.apply(.addReaction, #"{"message_id":"\#(message)","emoji":"👍"}"#, id: "r").first == "done")
        try await bench.send("DEL", bench.keys.signal(room: "squad_alpha", signal: "S1"))
        let answers = try await bench.applyFully(
            .updateSignal, #"{"signal_id":"S1","outcome":"WIN"}"#, user: "", id: "o")
        #expect(answers.map(\.first) == ["archive", "held", "done"])
        let gateway = try await TestGateway(server.url, name: "gw")
        try await bench.apply(.fetchHistory, "{}", id: "page")
        await eventually { !gateway.replies.isEmpty }
        let page = String(decoding: gateway.replies.last?.answer ?? [], as: UTF8.self)
        let shown = try #require(page.split(separator: #"{"seq":"#).last)
        #expect(shown.contains(#""reactions":{"👍":["viper-1"]}"#) && shown.contains(#""outcome":"WIN""#))
    }

    @Test("the largest signal and outcome that integration sends are taken")
    func largest() async throws {
        func padded(_ head: String, to size: Int) -> String {
            head + #""note":""# + String(repeating: "x", count: size - head.utf8.count - 10) + #""}"#
        }
        let signal = padded(#"{"signal_id":"S1","pair":"EURUSD","#, to: ChatCommand.largestSignal)
        let outcome = padded(#"{"signal_id":"S1","outcome":"WIN","#, to: ChatCommand.largestOutcome)
        try #require(signal.utf8.count == 16_384 && outcome.utf8.count == 4_096)
        #expect(try await self.post(signal).json?["seq"]?.integer == 3)
        let changed = try await self.gateway.ask(.updateSignal, "squad_alpha", user: "", outcome, id: "o1")
        #expect(changed.json?["seq"]?.integer == 4)
        await self.chat.stop()
    }

    @Test("what can never be applied goes to the dead letters with the reason, and the next command is applied")
    func deadLetters() async throws {
        let stream = "sc:{p0}:commands"
        let poison: [[(String, RedisArgument)]] = [
            [("junk", "1")],
            [("kind", "fly"), ("id", "1"), ("room", "squad_alpha"), ("user", ""), ("data", "{}")],
            [("kind", "send_message"), ("id", "1"), ("room", "no room!"), ("user", "viper-1"), ("data", "{}")],
            [("kind", "post_system"), ("id", "1"), ("room", "squad_alpha"), ("user", "viper-1"), ("data", "{}")],
            [("kind", "post_signal"), ("id", "1"), ("room", "squad_nowhere"), ("user", ""), ("data", "{}")],
            [("kind", "post_signal"), ("id", "1"), ("room", "squad_alpha"), ("user", ""), ("data", #"{"a":NaN}"#)],
            [
                ("kind", "update_signal"), ("id", "1"), ("room", "squad_alpha"), ("user", ""),
                ("data", #"{"outcome":"X"}"#),
            ],
        ]
        for fields in poison { try await self.gateway.redis.xadd(stream, fields: fields) }
        #expect(try await self.gateway.join("viper-1").succeeded)
        let dead = try await self.gateway.redis.xrange("sc:{p0}:dead")
        #expect(dead.count == poison.count)
        #expect(dead.allSatisfy { !($0.string("reason") ?? "").isEmpty && $0.string("entry") != nil })
        #expect(dead[4].string("reason")?.hasPrefix("unknown_room") == true)
        #expect(dead[4].string("kind") == "post_signal")
        #expect(try await self.gateway.redis.xlen(stream) == 0)
        await self.chat.stop()
    }

    @Test("a wrong type in a room's key costs that command, not the partition")
    func wrongType() async throws {
        _ = try await self.gateway.join("viper-1")
        _ = try await self.gateway.redis.send(RedisCommand("SET", "sc:{p0}:seen:squad_alpha:viper-1:c1", "x"))
        _ = try await self.gateway.redis.send(RedisCommand("DEL", "sc:{p0}:seen:squad_alpha:viper-1:c1"))
        _ = try await self.gateway.redis.send(RedisCommand("RPUSH", "sc:{p0}:seen:squad_alpha:viper-1:c1", "x"))
        #expect(try await self.gateway.say("x", id: "c1").code == "unavailable")
        #expect(try await self.gateway.say("y", id: "c2").succeeded)
        let dead = try await self.gateway.redis.xrange("sc:{p0}:dead")
        #expect(dead.first?.string("reason")?.contains("is a list") == true)
        await self.chat.stop()
    }

    @Test("when the outbox is full a person hears busy, and a signal waits for its turn")
    func busy() async throws {
        var limits = ChatLimits(partitions: 1)
        limits.outboxBound = 6
        let server = try await RedisServer.start()
        let chat = try await ChatProcess(
            server.url, folder: server.directory, directory: try FakeDirectory(), limits: limits)
        let gateway = try await TestGateway(server.url)
        _ = try await gateway.join("viper-1")
        for number in 1...3 { #expect(try await gateway.say("m\(number)").succeeded) }
        #expect(try await gateway.say("too much").code == "busy")
        let signal = gateway.command(.postSignal, "squad_alpha", user: "", self.signal, id: "signal")
        try await gateway.add(signal)
        // The notifier takes what is there; archive and trimming make room.
        let batch = try await gateway.redis.xreadgroup(
            "sc:{p0}:events", group: RedisNames.notifierGroup, consumer: "n", count: 100)
        try await gateway.redis.xack("sc:{p0}:events", group: RedisNames.notifierGroup, batch.map(\.id))
        #expect(try await gateway.answer(to: signal).succeeded)
        await chat.stop()
        await self.chat.stop()
    }
}
