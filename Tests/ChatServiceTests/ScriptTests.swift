import Redis
import TestSupport
import Testing
import WorkQueue

@testable import ChatService

@Suite(.timeLimit(.minutes(2)))
struct ScriptTests {
    @Test("a wrong type in any key of any script, in turn, leaves nothing changed")
    func wrongTypes() async throws {
        let server = try await RedisServer.start(arguments: ["--enable-debug-command", "yes"])
        let bench = try await ScriptBench(server.url, folder: server.directory)
        try await EveryCommand.prepare(bench)
        let epoch = String(bench.fence.runID.prefix(12))
        var tried = 0
        for (number, command) in EveryCommand.list(epoch: epoch).enumerated() {
            let answers = try await bench.applyFully(
                command.kind, command.data, user: command.user, id: "e\(number)"
            ) {
                let call = try await $0(bench.fence)
                tried += try await self.tryWrongTypes(call, "\(command.kind)", bench)
                return try await bench.evaluate(call)
            }
            #expect(answers.last?.first == "done", "\(command.kind): \(answers)")
        }
        #expect(tried > 95)
        for holder in EveryHolderCall.list(bench.keys, epoch: epoch) {
            let call = holder.call(bench.head)
            tried += try await self.tryWrongTypes(call, holder.name, bench)
            let result = try await bench.evaluate(call)
            #expect(ScriptBench.words(result).first == "done", "\(holder.name): \(result)")
        }
        #expect(tried > 130)
    }

    /// Gives each key of the call the wrong type in turn.
    ///
    /// - Returns: How many keys were tried.
    private func tryWrongTypes(_ call: RedisScript.Call, _ name: String, _ bench: ScriptBench) async throws -> Int {
        var tried = 0
        for key in call.keys where !key.contains(":live:") {
            let isThere = try await bench.send("EXISTS", key).int == 1
            let type = try await bench.send("TYPE", key).string
            if isThere { try await bench.send("RENAME", key, "saved") }
            if type == "string" || key.contains(":seen:") || key.contains(":signal:") {
                try await bench.send("RPUSH", key, "wrong")
            } else {
                try await bench.send("SET", key, "wrong")
            }
            let before = try await bench.send("DEBUG", "DIGEST").string
            let result = try? await bench.evaluate(call)
            let after = try await bench.send("DEBUG", "DIGEST").string
            #expect(result.map { ScriptBench.words($0).first } == "mistyped", "\(name) \(key)")
            #expect(before == after, "\(name) \(key)")
            try await bench.send("DEL", key)
            if isThere { try await bench.send("RENAME", "saved", key) }
            tried += 1
        }
        return tried
    }

    @Test("a holder with another token, another life or another cursor changes nothing")
    func fences() async throws {
        let server = try await RedisServer.start(arguments: ["--enable-debug-command", "yes"])
        let bench = try await ScriptBench(server.url, folder: server.directory)
        try await EveryCommand.prepare(bench)
        let epoch = String(bench.fence.runID.prefix(12))
        let woken = PartitionFence(partition: 0, token: "old token", runID: bench.fence.runID)
        let elsewhere = PartitionFence(partition: 0, token: "token", runID: "another life")
        for (number, command) in EveryCommand.list(epoch: epoch).enumerated() {
            try await bench.applyFully(command.kind, command.data, user: command.user, id: "e\(number)") { make in
                for (fence, word) in [(woken, "token"), (elsewhere, "run")] {
                    let call = try await make(fence)
                    let before = try await bench.send("DEBUG", "DIGEST").string
                    let result = try await bench.evaluate(call)
                    #expect(ScriptBench.words(result) == ["fenced", word], "\(command.kind)")
                    #expect(try await bench.send("DEBUG", "DIGEST").string == before)
                }
                let call = try await make(bench.fence)
                var late = call.arguments.values.map { RedisArgument($0) }
                late[3] = "999-0"
                let fenced = try await bench.evaluate(RedisScript.Call(call.script, keys: call.keys, arguments: late))
                #expect(ScriptBench.words(fenced) == ["fenced", "cursor"])
                let result = try await bench.evaluate(call)
                if ScriptBench.words(result).first == "done" {
                    // And again after its entry was applied: the cursor has moved on.
                    let again = try await bench.evaluate(call)
                    #expect(ScriptBench.words(again) == ["fenced", "cursor"])
                }
                return result
            }
        }
        for call in EveryHolderCall.list(bench.keys, epoch: epoch) {
            let before = try await bench.send("DEBUG", "DIGEST").string
            let late = try await bench.evaluate(call.call(HolderHead(keys: bench.keys, fence: woken)))
            #expect(ScriptBench.words(late) == ["fenced", "token"], "\(call.name)")
            if !call.anyRun {
                let lost = try await bench.evaluate(call.call(HolderHead(keys: bench.keys, fence: elsewhere)))
                #expect(ScriptBench.words(lost) == ["fenced", "run"], "\(call.name)")
            }
            #expect(try await bench.send("DEBUG", "DIGEST").string == before, "\(call.name)")
            let result = try await bench.evaluate(call.call(bench.head))
            #expect(ScriptBench.words(result).first == "done", "\(call.name)")
        }
    }

    @Test("every script runs in a cluster of two masters: all keys declared, all in one slot")
    func cluster() async throws {
        let cluster = try await RedisCluster.start()
        let folder = try temporaryDirectory()
        let master = try cluster.master(of: ChatKeys(partition: 0).state)
        let bench = try await ScriptBench(master.tcpURL, folder: folder)
        try await EveryCommand.prepare(bench)
        let epoch = String(bench.fence.runID.prefix(12))
        for (number, command) in EveryCommand.list(epoch: epoch).enumerated() {
            let answers = try await bench.applyFully(
                command.kind, command.data, user: command.user, id: "e\(number)")
            #expect(answers.last?.first == "done", "\(command.kind) \(answers)")
        }
        // What is asked beside the pipeline: the entries are gone, and none was set aside.
        let aside = try await bench.connection.xlen(bench.keys.dead)
        try await bench.answer(.fetchHistory, "{}")
        try await bench.answer(.catchUp, #"{"rooms":[["squad_alpha","\#(epoch)",1]]}"#, user: "")
        try await bench.answer(.joinSquadRoom, "{}")
        #expect(try await bench.connection.xlen(bench.keys.commands) == 0)
        #expect(try await bench.connection.xlen(bench.keys.dead) == aside)
        let names = bench.keys.room("squad_alpha")
        for call in EveryHolderCall.list(bench.keys, epoch: epoch) {
            let result = try await bench.evaluate(call.call(bench.head))
            #expect(ScriptBench.words(result).first == "done", "\(call.name)")
        }
        // A room of an older epoch, opened again.
        try await bench.send("HSET", names.room, "epoch", "0000")
        #expect(try await bench.apply(.sendMessage, #"{"content":"x"}"#, id: "late") == ["reopen", "squad_alpha"])
        try await bench.reopening.reopen("squad_alpha", bench.fence, bench.connection)
        let epochs = try await bench.send("HGET", names.room, "epochs").string
        #expect(epochs?.hasPrefix("\(epoch):1 \(epoch):") == true)
        cluster.stop()
    }

    @Test("a message that the script would post is not half posted when the log refuses it")
    func logFirst() async throws {
        let server = try await RedisServer.start(arguments: ["--enable-debug-command", "yes"])
        let bench = try await ScriptBench(server.url, folder: server.directory)
        try await EveryCommand.prepare(bench)
        // An entry from the future: XADD of the next seq must fail.
        try await bench.send("XADD", bench.keys.room("squad_alpha").log, "1000-0", "event", "x")
        let call = try await bench.call(.sendMessage, #"{"content":"x"}"#)
        let before = try await bench.send("DEBUG", "DIGEST").string
        await #expect(throws: RedisError.self) {
            try await bench.evaluate(call)
        }
        #expect(try await bench.send("DEBUG", "DIGEST").string == before)
    }
}
