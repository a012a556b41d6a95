import Database
import JSON
import Redis
import TestSupport
import Testing
import WireContract

@testable import ChatService

/// The data directory of commit 225f5c6 under the code of today.
@Suite(.timeLimit(.minutes(2)))
struct OlderReleaseTests {
    let older: OlderRelease
    let archive: SQLiteArchive

    init() async throws {
        self.older = try await OlderRelease()
        self.archive = try SQLiteArchive(
            url: "sqlite:\(self.older.folder)/chat.sqlite", synchronous: .normal, logger: ChatProcess.quiet)
    }

    private func text(_ message: ArchivedMessage?) -> String {
        message.map { String(decoding: $0.json, as: UTF8.self) } ?? ""
    }

    @Test("everything that was said is read as it was: pages, signals, rooms, what waits")
    func reads() async throws {
        let identity = try await self.archive.prepare(partitions: 2, newIdentity: "another")
        #expect(identity.count == 32)
        let page = try await self.archive.page(of: "squad_alpha", before: nil, limit: 100)
        #expect(page.through == OlderRelease.highest["squad_alpha"])
        let contents = page.messages.reversed().compactMap {
            try? JSONValue(parsing: $0.json)["content"]?.string
        }
        #expect(contents.filter { $0.hasPrefix("alpha") } == (1...40).map { "alpha \($0)" })
        let liked = page.messages.first { self.text($0).contains(#""content":"alpha 39""#) }
        #expect(self.text(liked).contains(#""reactions":{"🔥":["ghost-2","viper-1"],"👍":["viper-1"]}"#))
        for (user, emoji, isThere) in [("viper-1", "👍", true), ("ghost-2", "👍", false), ("ghost-2", "🔥", true)] {
            let asked = try await self.archive.message(
                try #require(liked).id, in: "squad_alpha", with: UserReaction(emoji: emoji, user: user))
            #expect(asked?.hasReaction == isThere, "\(user) \(emoji)")
        }
        #expect(self.text(try await self.archive.signal("S1", in: "squad_alpha")).contains(#""outcome":"WIN""#))
        #expect(try await self.archive.parkedOutcomes(of: 0, since: 0).map(\.signal) == ["S9"])
        let rooms = try await self.archive.rooms(of: 0)
        #expect(rooms.map(\.room) == OlderRelease.rooms)
        #expect(rooms.allSatisfy { $0.record.isEmpty }, "what they are their ids say")
        #expect(rooms.map { $0.members.map(\.user) } == [["ghost-2", "viper-1"], ["saber-1"]])
    }

    @Test("every event, message and answer of then is one row of today")
    func rows() async throws {
        let before = try await self.archive.database.read { sql in
            (
                events: try sql.query(
                    "SELECT seq, event, message, user, flags FROM events WHERE room = 'squad_alpha' ORDER BY seq"
                )
                .map { [try $0.int("seq").description] + (try ["event", "message", "user", "flags"].map($0.string)) },
                messages: try sql.query("SELECT message FROM messages WHERE room = 'squad_alpha' ORDER BY seq")
                    .map { try $0.string("message") },
                marks: try sql.query(
                    """
                    SELECT user, id, answer, at FROM events
                    WHERE room = 'squad_alpha' AND id IS NOT NULL AND digest <> '' ORDER BY seq
                    """
                ).map { "\(try $0.string("user")) \(try $0.string("id")) \(try $0.data("answer")) \(try $0.int("at"))" }
            )
        }
        #expect(before.events.count == 50 && before.messages.count > 40 && before.marks.count > 40)
        _ = try await self.archive.prepare(partitions: 2, newIdentity: "another")
        let record = try await self.archive.record(of: "squad_alpha", beyond: 0, count: 1_000, markedSince: 0)
        #expect(
            record.events.map { [$0.sequence.description, $0.event, $0.message, $0.user, $0.flags] } == before.events)
        #expect(record.messages.map(\.id) == before.messages)
        #expect(
            record.marks.reversed().map { "\($0.author) \($0.id) \($0.answer) \($0.producedAt)" } == before.marks)
        #expect(record.epochs == "\(OlderRelease.epoch):1")
    }

    @Test("its daily files are taken over as they are, and go on")
    func dailyFiles() async throws {
        _ = try await self.archive.prepare(partitions: 2, newIdentity: "another")
        let follower = DailyFileFollower(
            partition: 0, ledger: self.archive, files: DailyFiles(folder: "\(self.older.folder)/archive"),
            health: DailyFileHealth(), logger: ChatProcess.quiet)
        var repaired: Set<String> = []
        try await follower.repair(beside: &repaired)
        try await follower.follow()
        for room in OlderRelease.rooms {
            let before = try self.older.lines(of: room, inFixture: true)
            #expect(try self.older.lines(of: room) == before)
        }
        let record = try await self.archive.partition(0)
        #expect(try await self.archive.claim(0, by: OpeningMark(number: 1, token: "new"), from: record))
        try await self.archive.append(
            OutboxBatch(
                entries: OutboxEntry.list([HeldArchive.entry(51, id: "new", epoch: "feed")]), after: record.cursor,
                last: record.cursor), to: 0, token: "new", runID: record.runID)
        try await follower.follow()
        let lines = try self.older.lines(of: "squad_alpha")
        #expect(try lines.dropLast() == self.older.lines(of: "squad_alpha", inFixture: true)[...])
        #expect(lines.last == #"{"seq":51,"content":"m51"}"#)
    }

    @Test("a process of that commit opens no partition beside this one, archives nothing more, and still reads pages")
    func besides() async throws {
        _ = try await self.archive.prepare(partitions: 2, newIdentity: "another")
        let theirs = "UPDATE messages SET json = ?, changed = ? WHERE message = ? AND changed < ?"
        await #expect(throws: SQLError.self) {
            try await self.archive.database.write {
                try $0.execute(theirs, [.data([]), .int(99), .string("x"), .int(99)])
            }
        }
        // Its opening reads this before anything in Redis; its claim, before it restores.
        await #expect(throws: SQLError.self) {
            try await self.archive.database.read {
                try $0.query("SELECT run, epoch, token, cursor FROM partitions WHERE partition = ?", [.int(0)])
            }
        }
        await #expect(throws: SQLError.self) {
            try await self.archive.database.write {
                try $0.execute("INSERT OR IGNORE INTO partitions (partition) VALUES (?)", [.int(0)])
            }
        }
        #expect(try await self.archive.partition(0).cursor > .zero, "what it held goes on")
        let page = try await self.archive.database.read {
            try $0.query("SELECT message, seq, json FROM messages WHERE room = ?", [.string("squad_alpha")])
        }
        #expect(!page.isEmpty)
    }

    @Test("reactions of then are taken over, in Redis and from the archive, and changed like those of today")
    func reactions() async throws {
        let server = try await RedisServer.start()
        let gateway = try await TestGateway(server.url, rooms: ["squad_alpha"], partitions: 2)
        try await self.older.putBack(into: gateway.redis)
        let chat = try await ChatProcess(
            server.url, folder: self.older.folder, directory: try FakeDirectory(), limits: ChatLimits(partitions: 2))
        func react(_ kind: ChatCommand.Kind, _ seq: Int, _ user: String, _ emoji: String) async throws -> String {
            let message = "squad_alpha.\(OlderRelease.epoch).\(seq)"
            let reply = try await gateway.ask(
                kind, "squad_alpha", user: user, #"{"message_id":"\#(message)","emoji":"\#(emoji)"}"#)
            return try #require(reply.json?["reactions"].map { String(decoding: $0.bytes, as: UTF8.self) })
        }
        // “alpha 39” is in Redis, “alpha 2” in the archive alone.
        #expect(try await react(.addReaction, 43, "viper-1", "🔥") == #"{"🔥":["ghost-2","viper-1"],"👍":["viper-1"]}"#)
        #expect(try await react(.removeReaction, 43, "ghost-2", "🔥") == #"{"🔥":["viper-1"],"👍":["viper-1"]}"#)
        #expect(try await react(.addReaction, 6, "ghost-2", "🔥") == #"{"🔥":["ghost-2"]}"#)
        #expect(try await react(.addReaction, 6, "atlas-6", "🔥") == #"{"🔥":["ghost-2","atlas-6"]}"#)
        let missed = try await gateway.ask(
            .resume, "squad_alpha", user: "viper-1", #"{"seq":46,"epoch":"\#(OlderRelease.epoch)"}"#, socket: "s")
        #expect(missed.json?["recovered"]?.boolean == true)
        let told = missed.pushes.filter { $0.event.hasPrefix("reaction_") }
        #expect(told.count >= 2 && told.allSatisfy { $0.value?["reactions"] != nil })
        await eventually {
            let archived = try await self.archive.message("squad_alpha.\(OlderRelease.epoch).43", in: "squad_alpha")
            return self.text(archived).contains(#""reactions":{"🔥":["viper-1"],"👍":["viper-1"]}"#)
        }
        await chat.stop()
    }

    @Test("over an emptied Redis its rooms come back with their history, and go on above it")
    func restores() async throws {
        let server = try await RedisServer.start()
        let chat = try await ChatProcess(
            server.url, folder: self.older.folder, directory: try FakeDirectory(), limits: ChatLimits(partitions: 2))
        let gateway = try await TestGateway(server.url, partitions: 2)
        let joined = try await gateway.join("ghost-2")
        let page = try #require(joined.pushes.first)
        #expect(page.contents.filter { $0.hasPrefix("alpha") }.last == "alpha 40")
        #expect(page.contents.count == 42)
        #expect(joined.sequence == OlderRelease.highest["squad_alpha"])
        #expect(try await gateway.say("go on").sequence == 51)
        let before = try self.older.lines(of: "squad_alpha", inFixture: true)
        await eventually { try self.older.lines(of: "squad_alpha").count == before.count + 1 }
        #expect(try self.older.lines(of: "squad_alpha").dropLast() == before[...])
        await chat.stop()
    }
}
