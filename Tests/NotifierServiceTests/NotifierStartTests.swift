import Database
import Directory
import Foundation
import NIOCore
import Redis
import TestSupport
import Testing
import WireContract
import WorkQueue

@testable import NotifierService

/// What the whole service finds when it starts or goes on: poison, what another left, data that is not for it.
struct NotifierStartTests {
    @Test("a poison entry goes to the dead letters and holds up nobody")
    func poison() async throws {
        let notifier = try await NotifierProcess()
        try notifier.server.command("XADD", RedisNames.events(3), "*", "rubbish", "1")
        var broken = sampleEvent("@ghost-2", at: notifier.now)
        broken.json = Array("{\"seq\":".utf8)
        try notifier.happen(broken)
        try notifier.happen(sampleEvent("@ghost-2", sequence: 2, at: notifier.now))
        let process = try notifier.start()
        await eventually(within: .seconds(30), "\(notifier.log)") { try notifier.inboxLength("ghost-2") == 1 }
        #expect(try notifier.server.command("XLEN", RedisNames.undelivered(3)).hasPrefix(":2"))
        #expect(process.isRunning)
    }

    @Test("a dead letter of the outbox that is replayed is read again: planned when it can be, a letter again when not")
    func replay() async throws {
        let notifier = try await NotifierProcess()
        var broken = sampleEvent("@ghost-2", at: notifier.now)
        let whole = String(decoding: broken.json, as: UTF8.self)
        broken.json = Array("{\"seq\":".utf8)
        try notifier.happen(broken)
        let process = try notifier.start()
        try await notifier.withRedis { redis in
            let dead = DeadLetters(redis: redis, stream: RedisNames.undelivered(3))
            await eventually(within: .seconds(30), "\(notifier.log)") { try await dead.count() == 1 }
            let first = try #require(try await dead.list().first)
            try await dead.replay(first.id)
            await eventually(within: .seconds(30), "\(notifier.log)") {
                try await dead.list().contains { $0.id != first.id && $0.reason == first.reason }
            }
            // Mended, and put beside it as a letter of the same origin.
            let fields = first.fields.map { name, value in
                (name, name == "json" ? ByteBuffer(string: whole) : value)
            }
            let mended = try await dead.append(
                StreamEntry(id: .zero, fields: fields), from: first.source, reason: "mended", replayTo: first.replayTo,
                at: notifier.now)
            try await dead.replay(mended)
            await eventually(within: .seconds(30), "\(notifier.log)") { try notifier.inboxLength("ghost-2") == 1 }
            await eventually(within: .seconds(30)) { try await redis.xlen(first.replayTo) == 0 }
        }
        #expect(process.isRunning)
    }

    @Test("what a killed notifier had read and not finished is told by the next within 15 s")
    func killedWhileReading() async throws {
        let notifier = try await NotifierProcess()
        try notifier.happen(sampleEvent("@ghost-2", at: notifier.now))
        let stream = RedisNames.events(3)
        let process = try notifier.start()
        await eventually(within: .seconds(30), "\(notifier.log)") { try notifier.inboxLength("ghost-2") == 1 }
        // Read by one that is killed at once, while another runs.
        try notifier.server.command(
            "EVAL",
            """
            redis.call('XADD', KEYS[1], '*', unpack(ARGV))
            redis.call('XREADGROUP', 'GROUP', 'notifier', 'killed', 'STREAMS', KEYS[1], '>')
            """, "1", stream, "event", "new_message", "room", "squad_alpha", "epoch", "abc", "seq", "2", "user",
            "viper-1", "at", "\(notifier.now)", "json",
            String(decoding: sampleEvent("@owl-3", sequence: 2).json, as: UTF8.self))
        #expect(try notifier.server.command("XPENDING", stream, RedisNames.notifierGroup).hasPrefix("*4\r\n:1"))
        await eventually(within: .seconds(15), "\(notifier.log)") { try notifier.inboxLength("owl-3") == 1 }
        #expect(process.isRunning)
    }

    @Test("with another number of partitions than this Redis was begun with it ends, and reads nothing")
    func partitions() async throws {
        let notifier = try await NotifierProcess(["CHAT_PARTITIONS": "8"])
        try notifier.server.command("SET", RedisNames.partitions, "16")
        try notifier.happen(sampleEvent("hey @Ghost-2", at: notifier.now))
        let process = try notifier.start()
        await eventually(within: .seconds(30), "\(notifier.log)") { !process.isRunning }
        #expect(await process.terminate() == 1)
        #expect(notifier.log.contains("CHAT_PARTITIONS is 8 here, but this Redis was begun with 16"))
        #expect(try notifier.server.command("XINFO", "GROUPS", RedisNames.events(3)) == "*0\r\n")
    }

    @Test("a database that a newer release has changed is refused in one line that says what to do, and left as it is")
    func newerSchema() async throws {
        let notifier = try await NotifierProcess()
        let file = "\(notifier.directory)/notifier.sqlite"
        let database = try SQLDatabase(url: "sqlite:\(file)")
        try await database.migrate(PreferenceStore.migrations + [Migration("099-later", "CREATE TABLE later (x)")])
        try database.close()
        let process = try notifier.start()
        await eventually(within: .seconds(30), "\(notifier.log)") { !process.isRunning }
        #expect(await process.terminate() == 1)
        let lines = notifier.log.split(separator: "\n")
        #expect(lines.last?.hasPrefix("notifier: SCHEMA_NEWER: ") == true && lines.last?.contains("099-later") == true)
        let kept = try await SQLDatabase(url: "sqlite:\(file)").read {
            try $0.query("SELECT id FROM schema_migrations").map { try $0.string("id") }
        }
        #expect(kept == PreferenceStore.migrations.map(\.id) + ["099-later"])
    }
}
