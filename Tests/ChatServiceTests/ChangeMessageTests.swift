import Domain
import JSON
import Redis
import TestSupport
import Testing
import WireContract

@testable import ChatService

/// A message is changed from what it is, and from nothing older.
@Suite(.timeLimit(.minutes(1)))
struct ChangeMessageTests {
    let server: RedisServer
    let bench: ScriptBench

    init() async throws {
        self.server = try await RedisServer.start(arguments: ["--enable-debug-command", "yes"])
        self.bench = try await ScriptBench(self.server.url, folder: self.server.directory)
        try await EveryCommand.prepare(self.bench)
    }

    private var message: String { "squad_alpha.\(self.bench.fence.runID.prefix(12)).5" }

    private func stored() async throws -> JSONValue {
        let text = try await self.bench.send("HGET", self.bench.keys.room("squad_alpha").messages, self.message).string
        return try JSONValue(parsing: (text ?? "").utf8)
    }

    @Test("a change that was computed from what the message is no more is refused, and computed again")
    func moved() async throws {
        let before = try await self.stored()
        let other = try #require(before.replacing("content", with: #""by another""#.utf8))
        var calls: [String] = []
        let answers = try await self.bench.applyFully(
            .updateSignal, #"{"signal_id":"S1","outcome":"WIN","pips_result":1.50}"#, user: "", id: "o"
        ) { make in
            let call = try await make(self.bench.fence)
            calls.append(call.script.name)
            if calls.count == 2 {
                try await self.bench.send(
                    "HSET", self.bench.keys.room("squad_alpha").messages, self.message,
                    String(decoding: other, as: UTF8.self))
            }
            let digest = try await self.bench.send("DEBUG", "DIGEST").string
            let result = try await self.bench.evaluate(call)
            if ScriptBench.words(result).first != "done" {
                #expect(try await self.bench.send("DEBUG", "DIGEST").string == digest, "nothing is written")
            }
            return result
        }
        #expect(answers.map(\.first) == ["held", "held", "done"])
        #expect(calls == ["find_signal", "change_message", "change_message"])
        let after = try await self.stored()
        #expect(after["content"]?.string == "by another")
        let outcome = try #require(after["metadata"]?["outcome"])
        #expect(outcome.bytes.elementsEqual(#"{"outcome":"WIN","pips_result":1.50}"#.utf8))
        #expect(after["metadata"]?["signal_data"]?["pair"]?.string == "EURUSD")
    }

    @Test("a message that was let go meanwhile is asked of the archive again, and put back changed")
    func letGo() async throws {
        let room = self.bench.keys.room("squad_alpha")
        try await self.bench.archiveOutbox()
        var count = 0
        let answers = try await self.bench.applyFully(
            .updateSignal, #"{"signal_id":"S1","outcome":"WIN"}"#, user: "", id: "o"
        ) { make in
            count += 1
            if count == 2 {
                try await self.bench.send("HDEL", room.messages, self.message)
                try await self.bench.send("ZREM", room.index, self.message)
                try await self.bench.send("HSET", room.room, "trimmed", "5")
            }
            return try await self.bench.evaluate(try await make(self.bench.fence))
        }
        #expect(answers.map(\.first) == ["held", "archive", "held", "done"])
        #expect(try await self.stored()["metadata"]?["outcome"]?["outcome"]?.string == "WIN")
        #expect(try await self.bench.send("ZSCORE", room.index, self.message).string == "5")
        #expect(try await self.bench.send("ZSCORE", room.changed, self.message).string == "6")
    }

    @Test("the outcome that a signal is posted with is the one that waits when it is posted")
    func parked() async throws {
        let key = self.bench.keys.signal(room: "squad_alpha", signal: "S9")
        try await self.bench.applyFully(.updateSignal, #"{"signal_id":"S9","outcome":"WIN"}"#, user: "", id: "early")
        var count = 0
        let answers = try await self.bench.applyFully(
            .postSignal, #"{"signal_id":"S9","pair":"GBPUSD"}"#, user: "", id: "late"
        ) { make in
            count += 1
            if count == 2 { try await self.bench.send("SET", key, #"o {"outcome":"LOSS"}"#) }
            return try await self.bench.evaluate(try await make(self.bench.fence))
        }
        #expect(answers == [["parked", #"{"outcome":"WIN"}"#], ["parked", #"{"outcome":"LOSS"}"#], ["done"]])
        let mark = try await self.bench.send("GET", key).string ?? ""
        let text = try await self.bench.send(
            "HGET", self.bench.keys.room("squad_alpha").messages, String(mark.dropFirst(2))
        ).string
        let metadata = try #require(try JSONValue(parsing: (text ?? "").utf8)["metadata"])
        #expect(metadata["outcome"]?["outcome"]?.string == "LOSS")
        #expect(metadata["signal_data"]?["signal_id"]?.string == "S9")
    }

    @Test("what is no signal is not changed")
    func noSignal() async throws {
        let key = self.bench.keys.signal(room: "squad_alpha", signal: "S1")
        try await self.bench.send("SET", key, "m squad_alpha.\(self.bench.fence.runID.prefix(12)).4")
        let before = try await self.bench.connection.xlen(self.bench.keys.events)
        let answers = try await self.bench.applyFully(
            .updateSignal, #"{"signal_id":"S1","outcome":"WIN"}"#, user: "", id: "o")
        #expect(answers == [["held"] + answers[0].dropFirst(), ["done", "discarded"]])
        #expect(try await self.bench.connection.xlen(self.bench.keys.events) == before)
        let dead = try await self.bench.connection.xrange(self.bench.keys.dead)
        #expect(dead.last?.string("reason")?.hasPrefix("invalid_signal") == true)
    }

    /// A change by a person that no act makes yet, like an edit or a deletion.
    private func change(_ held: HeldMessage, to json: String, said: String?) async throws -> [String] {
        let entry = try await self.bench.connection.xadd(self.bench.keys.commands, fields: [("kind", "edit")])
        let command = ChatCommand(
            kind: .sendMessage, id: "\(entry)", room: "squad_alpha", user: "viper-1", producedAt: 1, data: [])
        let cursor = try await self.bench.send("HGET", self.bench.keys.state, "cursor").string
        let head = CommandHead(
            keys: self.bench.keys, fence: self.bench.fence, cursor: cursor.flatMap { StreamID($0) } ?? .zero,
            entry: entry, command: command, outboxBound: 1_000)
        let once = OnceHead(
            command: head, room: self.bench.keys.room("squad_alpha"), digest: "digest", seconds: 60,
            moment: Moment(Timestamp(milliseconds: 1_800_000_000_000)))
        let change = try ChangeMessage(
            once, held, json: Array(json.utf8), event: "message_edited", said: said.map { Array($0.utf8) }, flags: "-")
        return ScriptBench.words(try await self.bench.evaluate(change.call))
    }

    @Test("an event that is not the message itself is told and logged as it is, with the message changed beside it")
    func said() async throws {
        let gateway = try await TestGateway(self.server.url, name: "gw", rooms: ["squad_alpha"])
        let none = HeldMessage(id: self.message, version: "", json: [], archived: nil)
        let words = try await self.change(none, to: "{}", said: nil)
        #expect(words.count == 4 && words.first == "held" && words[1] == self.message)
        let brought = ArchiveAnswer(reading: words, after: nil)
        let held = try #require(brought.held)
        let edited = String(decoding: held.json, as: UTF8.self).replacing("EURUSD", with: "GBPUSD")
        #expect(try await self.change(held, to: edited, said: #""message_id":"x"}"#) == ["done"])
        #expect(try await self.stored()["metadata"]?["signal_data"]?["pair"]?.string == "GBPUSD")
        let event = #"{"seq":6,"message_id":"x"}"#
        let logged = try await self.bench.connection.xrange(self.bench.keys.room("squad_alpha").log, from: "6-0").first
        #expect(logged?.string("json") == event && logged?.string("user") == "viper-1")
        let kept = try await self.bench.connection.xrevrange(self.bench.keys.events, count: 1).first
        #expect(kept?.string("json") == event && kept?.string("state") == edited)
        await eventually { gateway.events.count == 1 }
        #expect(gateway.events.first.map { String(decoding: $0.json, as: UTF8.self) } == event)
        let unknown = HeldMessage(id: "squad_alpha.feed.1", version: held.version, json: [], archived: nil)
        #expect(try await self.change(unknown, to: edited, said: nil) == ["done", "message_not_found"])
    }
}
