import Redis
import TestSupport
import Testing

@testable import ChatService

/// What comes back, from where, when one of the two stores is behind the other.
@Suite(.timeLimit(.minutes(3)))
struct RecoveryTests {
    let directory: FakeDirectory

    init() throws {
        self.directory = try FakeDirectory()
    }

    private func chat(_ server: RedisServer) async throws -> ChatProcess {
        try await ChatProcess(
            server.url, folder: server.directory, directory: self.directory, limits: ChatLimits(partitions: 1))
    }

    @Test("a lost tail comes back although an attempt before was interrupted after the log")
    func interruptedRecovery() async throws {
        let server = try await RedisServer.start()
        let bench = try await ScriptBench(server.url, folder: server.directory)
        try await EveryCommand.prepare(bench)
        try await bench.archiveOutbox()
        let names = bench.keys.room("squad_alpha")
        let log = try await bench.connection.xrange(names.log)
        #expect(log.map(\.id.milliseconds) == [1, 2, 3, 4, 5])
        // Redis forgot 4 and 5; then an attempt put 4 back and died.
        try await bench.send("DEL", names.log)
        for entry in log.prefix(4) {
            try await bench.connection.xadd(
                names.log, id: entry.id, fields: entry.fields.map { ($0.0, RedisArgument($0.1)) })
        }
        try await bench.send("HSET", names.room, "seq", "3", "epoch", "0000")
        try await bench.reopening.reopen("squad_alpha", bench.fence, bench.connection)
        let restored = try await bench.connection.xrange(names.log)
        #expect(restored.map(\.id) == log.map(\.id))
        #expect(restored.map { $0.string("event") } == log.map { $0.string("event") })
        #expect(try await bench.send("HGET", names.room, "seq").int == 5)
        #expect(try await bench.apply(.sendMessage, #"{"content":"on"}"#, id: "on").first == "done")
        #expect(try await bench.send("HGET", names.room, "seq").int == 6)
    }

    @Test("an older archive under a Redis that goes on archives what the outbox still holds, and what comes")
    func olderArchive() async throws {
        let server = try await RedisServer.start()
        let first = try await self.chat(server)
        let gateway = try await TestGateway(server.url)
        let epoch = try #require(try await gateway.join("viper-1").epoch)
        _ = try await gateway.say("one")
        await eventually { try await first.archive.highestSequence(of: "squad_alpha") == 4 }
        await first.stop()
        try await first.archive.database.write { sql in
            for table in ["events", "messages", "rooms", "members", "daily_lengths", "daily_progress"] {
                try sql.execute("DELETE FROM \(table)")
            }
            try sql.execute(
                """
                UPDATE holders SET run = 'before', epoch = 'before', token = 'b', opening = opening - 1, cursor = '999-0'
                """)
        }
        let second = try await self.chat(server)
        let said = try await gateway.say("two")
        // Nothing was lost in Redis: no new epoch, no reload.
        #expect(said.epoch == epoch && said.sequence == 5)
        await eventually { try await second.archive.highestSequence(of: "squad_alpha") == 5 }
        #expect(try await second.archive.page(of: "squad_alpha", before: nil, limit: 10).messages.count == 3)
        #expect(try await second.archive.rooms(of: 0).first?.members.map(\.user) == ["viper-1"])
        await second.stop()
    }

    @Test("after a restart one question about more rooms than an entry has tries is answered for all of them")
    func catchUpOfManyRooms() async throws {
        let server = try await RedisServer.start(appendOnly: true)
        let chat = try await self.chat(server)
        let gateway = try await TestGateway(server.url)
        var asked: [String] = []
        for number in 1...25 {
            try self.directory.put("user-\(number)", .sergeant, squad: "s\(number)")
            let joined = try await gateway.join("user-\(number)", "squad_s\(number)")
            asked.append(#"["squad_s\#(number)","\#(try #require(joined.epoch))",3]"#)
        }
        try await server.restart()
        await eventually {
            try await gateway.hear()
            return true
        }
        let reply = try await gateway.askForLines(
            .catchUp, "", user: "", #"{"rooms":[\#(asked.joined(separator: ","))]}"#)
        #expect(reply.headers.count == 25)
        #expect(reply.headers.allSatisfy { $0.hasPrefix("room_state squad_s") && $0.hasSuffix(" 3 R -") })
        #expect(try await gateway.redis.xlen("sc:{p0}:dead") == 0)
        await chat.stop()
    }

    @Test("an outcome that waits for its signal outlives an emptied Redis")
    func parkedOutcome() async throws {
        let server = try await RedisServer.start()
        let chat = try await self.chat(server)
        let gateway = try await TestGateway(server.url, rooms: ["squad_alpha"])
        let early = try await gateway.ask(
            .updateSignal, "squad_alpha", user: "", #"{"signal_id":"S1","outcome":"WIN"}"#, id: "o1")
        #expect(early.json?["parked"]?.boolean == true)
        await eventually { try await chat.archive.parkedOutcomes(of: 0, since: 0).count == 1 }
        try server.flushAll()
        let posted = try await gateway.ask(
            .postSignal, "squad_alpha", user: "", #"{"signal_id":"S1","pair":"EURUSD"}"#, id: "signal:S1")
        #expect(posted.succeeded)
        await eventually { gateway.events.contains { $0.sequence == posted.json?["seq"]?.integer } }
        #expect(gateway.events.last?.value?["metadata"]?["outcome"]?["outcome"]?.string == "WIN")
        await eventually { try await chat.archive.parkedOutcomes(of: 0, since: 0).isEmpty }
        await chat.stop()
    }
}
