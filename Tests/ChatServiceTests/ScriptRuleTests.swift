import FoundationEssentials
import TestSupport
import Testing

@testable import ChatService
@testable import Redis

/// What holds for every script, and for what each of them leaves behind.
@Suite(.timeLimit(.minutes(2)))
struct ScriptRuleTests {
    private func bench(_ limits: ChatLimits = ChatLimits(partitions: 1)) async throws -> (RedisServer, ScriptBench) {
        let server = try await RedisServer.start()
        return (server, try await ScriptBench(server.url, folder: server.directory, limits: limits))
    }

    @Test("every script begins with #!lua, names no key itself, and gives a name to all that it is given")
    func sources() async throws {
        let (server, bench) = try await self.bench()
        try await EveryCommand.prepare(bench)
        let epoch = String(bench.fence.runID.prefix(12))
        var scripts: [String: RedisScript] = [:]
        for (number, command) in EveryCommand.list(epoch: epoch).enumerated() {
            try await bench.applyFully(command.kind, command.data, user: command.user, id: "e\(number)") {
                let call = try await $0(bench.fence)
                scripts[call.script.name] = call.script
                return try await bench.evaluate(call)
            }
        }
        for call in EveryHolderCall.list(bench.keys, epoch: epoch) {
            scripts[call.name] = call.call(bench.head).script
        }
        scripts[HoldCommandCall.script.redis.name] = HoldCommandCall.script.redis
        for script in scripts.values {
            let text = String(decoding: RedisArguments([script.source]).values[0], as: UTF8.self)
            #expect(
                text.hasPrefix("#!lua\n") || text.hasPrefix("#!lua flags=allow-oom\n"), "\(script.name)")
            #expect(!text.contains("sc:"), "\(script.name)")
            #expect(!text.contains("ARGV[") && !text.contains("KEYS["), "\(script.name) has what is not named")
        }
        let folder = Fixture.root.appending(path: "Services/chat/Sources/Store/Scripts")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let names = files.filter { !$0.hasPrefix("part_") }.map { String($0.dropLast(".lua".count)) }
        #expect(scripts.keys.sorted() == names.sorted())
        server.stop()
    }

    @Test("JSON is cut in part_message.lua and nowhere else")
    func surgery() throws {
        let folder = Fixture.root.appending(path: "Services/chat/Sources/Store/Scripts")
        let cuts = try Regex(#"string\.(find|match|gmatch|gsub)\("#)
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where file != "part_message.lua" {
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            for line in text.split(separator: "\n") where line.contains(cuts) {
                // A pattern that knows a quotation mark or a brace reads JSON; epochs, ids of entries and sockets have none.
                #expect(!line.contains("\"") && !line.contains("{"), "\(file): \(line)")
            }
        }
    }

    @Test("a script of a room refuses a room of another epoch before it writes anything")
    func otherEpoch() async throws {
        let (server, bench) = try await self.bench()
        try await EveryCommand.prepare(bench)
        let epoch = String(bench.fence.runID.prefix(12))
        let room = bench.keys.room("squad_alpha").room
        let withoutRoom = ["leave_room", "refuse_command", "discard_command"]
        var tried = 0
        for (number, command) in EveryCommand.list(epoch: epoch).enumerated() {
            let answers = try await bench.applyFully(
                command.kind, command.data, user: command.user, id: "e\(number)"
            ) {
                let call = try await $0(bench.fence)
                if !withoutRoom.contains(call.script.name) {
                    try await bench.send("HSET", room, "epoch", "0000")
                    let before = try await bench.send("DEBUG", "DIGEST").string
                    let refused = try await bench.evaluate(call)
                    #expect(ScriptBench.words(refused) == ["reopen", "squad_alpha"], "\(command.kind)")
                    #expect(try await bench.send("DEBUG", "DIGEST").string == before, "\(command.kind)")
                    try await bench.send("HSET", room, "epoch", epoch)
                    tried += 1
                }
                return try await bench.evaluate(call)
            }
            #expect(answers.last?.first == "done", "\(command.kind): \(answers)")
        }
        #expect(tried == 11)
        server.stop()
    }

    @Test("effect, outbox entry, answer and the removal of the command are one step")
    func oneStep() async throws {
        let (server, bench) = try await self.bench()
        try await EveryCommand.prepare(bench)
        let gateway = try await TestGateway(server.url, name: "gw")
        let before = try await bench.connection.xlen(bench.keys.events)
        let call = try await bench.call(.sendMessage, #"{"content":"one step"}"#, id: "one")
        #expect(try await bench.connection.xlen(bench.keys.commands) == 1)
        _ = try await bench.evaluate(call)
        #expect(try await bench.connection.xlen(bench.keys.events) == before + 1)
        #expect(try await bench.connection.xlen(bench.keys.commands) == 0)
        await eventually { gateway.replies.contains { $0.correlation == "r" && $0.succeeded } }
        let entries = try await bench.connection.xrevrange(bench.keys.events, count: 1)
        let event = OutboxEntry.list(entries).first?.event
        #expect(event?.commandID == "one" && event?.event == "new_message")
        server.stop()
    }

    @Test("marks last as long as they are needed: commands DEDUPE_SECONDS, signals 7 days, early outcomes 24 hours")
    func lifetimes() async throws {
        var limits = ChatLimits(partitions: 1)
        #expect(limits.dedupeSeconds == 86_400)
        limits.dedupeSeconds = 4_000
        let (server, bench) = try await self.bench(limits)
        try await EveryCommand.prepare(bench)
        let early = try await bench.applyFully(
            .updateSignal, #"{"signal_id":"S9","outcome":"WIN"}"#, user: "", id: "early")
        #expect(early.last == ["done", "parked"])
        let keys = bench.keys
        for (key, seconds) in [
            (keys.seen(room: "squad_alpha", author: "viper-1", id: "p2"), 4_000),
            (keys.seen(room: "squad_alpha", author: "SYSTEM", id: "p3"), 604_800),
            (keys.signal(room: "squad_alpha", signal: "S1"), 604_800),
            (keys.signal(room: "squad_alpha", signal: "S9"), 86_400),
        ] {
            let left = try #require(try await bench.send("TTL", key).int)
            #expect((seconds - 60...seconds).contains(left), "\(key)")
        }
        try await bench.apply(.postSystem, #"{"content":"notice"}"#, user: "", id: "line")
        let left = try await bench.send("TTL", keys.seen(room: "squad_alpha", author: "SYSTEM", id: "line")).int ?? 0
        #expect((3_940...4_000).contains(left))
        server.stop()
    }

    @Test("a room's log keeps its newest, and everything that is not archived; so do its messages")
    func trimming() async throws {
        #expect(ChatLimits().keptMessages == 1_000)
        let (server, bench) = try await self.bench()
        try await bench.apply(.joinSquadRoom, "{}", id: "join")
        for number in 1...37 { try await bench.apply(.sendMessage, #"{"content":"m"}"#, id: "m\(number)") }
        let epoch = String(bench.fence.runID.prefix(12))
        let old = "squad_alpha.\(epoch).4"
        // seq 41, not archived below: the message it changes must stay.
        try await bench.apply(.addReaction, #"{"message_id":"\#(old)","emoji":"👍"}"#, id: "react")
        let room = bench.keys.room("squad_alpha")
        func trim(keeping count: Int, archivedThrough sequence: Int) async throws {
            var next: TrimRoomCall? = TrimRoomCall(head: bench.head, room: room, kept: count, archived: sequence)
            while let call = next {
                let answer = try await bench.connection.evaluate(call)
                #expect(ScriptBench.words(answer).first == "done")
                next = call.following(answer)
            }
        }
        func log() async throws -> [UInt64] {
            try await bench.connection.xrange(room.log).map(\.id.milliseconds)
        }
        try await trim(keeping: 10, archivedThrough: 20)
        #expect(try await log() == Array(21...41))
        #expect(try await bench.send("HEXISTS", room.messages, old).int == 1)
        #expect(try await bench.send("HEXISTS", room.messages, "squad_alpha.\(epoch).5").int == 0)
        #expect(try await bench.send("HEXISTS", room.messages, "squad_alpha.\(epoch).21").int == 1)
        try await trim(keeping: 10, archivedThrough: 41)
        #expect(try await log() == Array(32...41))
        #expect(try await bench.send("HEXISTS", room.messages, "squad_alpha.\(epoch).31").int == 1)
        // The newest, and the one that the log tells of.
        #expect(try await bench.send("HLEN", room.messages).int == 11)
        for number in 1...10 { try await bench.apply(.sendMessage, #"{"content":"m"}"#, id: "n\(number)") }
        try await trim(keeping: 10, archivedThrough: 51)
        #expect(try await bench.send("HLEN", room.messages).int == 10)
        #expect(try await bench.send("HEXISTS", room.messages, old).int == 0)
        server.stop()
    }

    @Test("dead letters are the newest 10 000")
    func deadLetters() async throws {
        let (server, bench) = try await self.bench()
        try await bench.send(
            "EVAL", "for number = 1, 12000 do redis.call('XADD', KEYS[1], '*', 'reason', 'old') end", "1",
            bench.keys.dead)
        #expect(try await bench.apply(.postSystem, "{}", user: "").first == "done")
        let kept = try await bench.connection.xlen(bench.keys.dead)
        #expect((10_000...10_200).contains(kept))
        server.stop()
    }
}
