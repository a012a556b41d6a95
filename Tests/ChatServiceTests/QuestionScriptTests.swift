import Domain
import Redis
import TestSupport
import Testing
import WireContract
import WorkQueue

@testable import ChatService

/// The answer to a question against Redis as it may be: held by another, damaged, or taking nothing.
@Suite(.timeLimit(.minutes(2)))
struct QuestionScriptTests {
    @Test("a holder that is the holder no more answers nothing, and the question stays for the next")
    func fenced() async throws {
        let server = try await RedisServer.start()
        let bench = try await ScriptBench(server.url, folder: server.directory)
        try await EveryCommand.prepare(bench)
        let gateway = try await TestGateway(server.url, name: "gw")
        let woken = PartitionFence(partition: 0, token: "old token", runID: bench.fence.runID)
        let elsewhere = PartitionFence(partition: 0, token: "token", runID: "another life")
        for fence in [woken, elsewhere] { try await bench.answer(.fetchHistory, "{}", fence: fence) }
        #expect(try await bench.connection.xlen(bench.keys.commands) == 2)
        try await bench.answer(.fetchHistory, "{}")
        await eventually { gateway.replies.count == 1 }
        #expect(gateway.replies.first?.succeeded == true)
        #expect(try await bench.connection.xlen(bench.keys.commands) == 2)
    }

    @Test("a question that a key of another type makes unanswerable is set aside, and its asker told")
    func wrongTypes() async throws {
        let server = try await RedisServer.start()
        let bench = try await ScriptBench(server.url, folder: server.directory)
        try await EveryCommand.prepare(bench)
        let epoch = String(bench.fence.runID.prefix(12))
        let gateway = try await TestGateway(server.url, name: "gw")
        let room = bench.keys.room("squad_alpha")
        var count = 0
        for (kind, data, user, keys) in [
            (ChatCommand.Kind.fetchHistory, "{}", "viper-1", [room.room, room.members, room.index, room.messages]),
            (.catchUp, #"{"rooms":[["squad_alpha","\#(epoch)",1]]}"#, "", [room.room, room.log, room.messages]),
        ] {
            for key in keys {
                try await bench.send("RENAME", key, "saved")
                try await bench.send("SET", key, "wrong")
                try await bench.answer(kind, data, user: user)
                try await bench.send("RENAME", "saved", key)
                count += 1
                await eventually { gateway.replies.count == count }
                if kind == .catchUp {
                    // That room's own matter: it is to be loaded anew.
                    #expect(gateway.replies.last?.pushes.map(\.header.completeness) == [.lost], "\(key)")
                } else {
                    #expect(gateway.replies.last?.code == "unavailable", "\(kind) \(key)")
                }
                #expect(try await bench.connection.xlen(bench.keys.dead) == min(count, 4))
            }
        }
        #expect(try await bench.connection.xlen(bench.keys.commands) == 0)
    }

    @Test(
        "a gateway hears of its other rooms what it missed when one cannot be read, and what it asks makes no dead letter"
    )
    func oneRoomDamaged() async throws {
        let server = try await RedisServer.start()
        let bench = try await ScriptBench(server.url, folder: server.directory)
        try await EveryCommand.prepare(bench)
        try await bench.apply(.joinSquadRoom, "{}", user: "saber-1", id: "b1", room: "squad_bravo")
        let epoch = String(bench.fence.runID.prefix(12))
        let gateway = try await TestGateway(server.url, name: "gw")
        let damaged = bench.keys.room("squad_bravo")
        for (count, key) in [damaged.room, damaged.log].enumerated() {
            try await bench.send("RENAME", key, "saved")
            try await bench.send("SET", key, "wrong")
            try await bench.answer(
                .catchUp, #"{"rooms":[["squad_bravo","\#(epoch)",0],["squad_alpha","\#(epoch)",1]]}"#, user: "")
            await eventually { gateway.replies.count == count + 1 }
            let pushes = gateway.replies.last?.pushes ?? []
            #expect(pushes.compactMap(\.header.completeness) == [.lost, .complete], "\(key)")
            #expect(pushes.contains { $0.room == "squad_alpha" && $0.sequence == 2 })
            try await bench.send("RENAME", "saved", key)
        }
        try await bench.send("DEL", damaged.members)
        try await bench.send("SET", damaged.members, "wrong")
        try await bench.answer(.fetchHistory, "{}", user: "", room: "squad_bravo")
        await eventually { gateway.replies.count == 3 }
        #expect(gateway.replies.last?.code == "unavailable")
        #expect(try await bench.connection.xlen(bench.keys.dead) == 0)
    }

    @Test("what was missed is told whole or not at all, and ends at the moment that the answer names")
    func trimmedMeanwhile() async throws {
        let server = try await RedisServer.start()
        let bench = try await ScriptBench(server.url, folder: server.directory)
        try await EveryCommand.prepare(bench)
        for number in 1...6 { try await bench.apply(.sendMessage, #"{"content":"m"}"#, id: "m\(number)") }
        let rooms = RoomReading(
            keys: bench.keys, archive: bench.archive, rosters: Rosters(), connection: bench.connection, left: nil,
            logger: ChatProcess.quiet)
        let keys = bench.keys.room("squad_alpha")
        var state = try #require(try await rooms.states(of: [("squad_alpha", keys)])[0])
        state.sequence = 6
        let question = MissedQuestion(
            room: "squad_alpha", keys: keys, state: state, epoch: state.epoch, sequence: 2)
        let whole = try await rooms.missed([question], mayBeCut: false)[0]
        #expect(whole?.events.map(\.sequence) == [3, 4, 5, 6])
        // As many as are asked for are there, but not those.
        try await bench.send("XTRIM", keys.log, "MINID", "5")
        for mayBeCut in [false, true] {
            let missed = try await rooms.missed([question], mayBeCut: mayBeCut)[0]
            #expect(missed?.events.map(\.sequence) == nil)
        }
    }

    @Test("an answer that the server does not take now is given later, and the question stays until then")
    func refusedAnswer() async throws {
        let server = try await RedisServer.start()
        let bench = try await ScriptBench(server.url, folder: server.directory)
        try await EveryCommand.prepare(bench)
        let gateway = try await TestGateway(server.url, name: "gw")
        for (refuse, allow) in [
            (["ACL", "SETUSER", "default", "-publish"], ["ACL", "SETUSER", "default", "+publish"]),
            (["CONFIG", "SET", "min-replicas-to-write", "1"], ["CONFIG", "SET", "min-replicas-to-write", "0"]),
        ] {
            let before = gateway.replies.count
            let question = try await bench.question(.fetchHistory, "{}")
            _ = try await bench.connection.send(RedisCommand(refuse.map { RedisArgument($0) }))
            let answering = Task { await bench.answer(question) }
            try await Task.sleep(for: .milliseconds(300))
            #expect(gateway.replies.count == before)
            #expect(try await bench.connection.xlen(bench.keys.commands) == 1)
            _ = try await bench.connection.send(RedisCommand(allow.map { RedisArgument($0) }))
            await answering.value
            await eventually { gateway.replies.count == before + 1 }
            #expect(try await bench.connection.xlen(bench.keys.commands) == 0)
        }
        // What has no use for the dead letters does not ask what they are.
        try await bench.send("SET", bench.keys.dead, "wrong")
        try await bench.answer(.fetchHistory, "{}")
        await eventually { gateway.replies.count == 3 }
    }
}
