import Domain
import FoundationEssentials
import JSON
import NIOConcurrencyHelpers
import Redis
import TestSupport
import Testing
import WireContract
import WorkQueue

@testable import ChatService

@Suite(.timeLimit(.minutes(2)))
struct ArchiveTests {
    let server: RedisServer
    let directory: FakeDirectory
    let limits: ChatLimits
    let chat: ChatProcess
    let gateway: TestGateway

    init() async throws {
        self.server = try await RedisServer.start()
        self.directory = try FakeDirectory()
        var limits = ChatLimits(partitions: 1)
        limits.keptMessages = 20
        self.limits = limits
        self.chat = try await ChatProcess(
            self.server.url, folder: self.server.directory, directory: self.directory, limits: limits)
        self.gateway = try await TestGateway(self.server.url)
    }

    private func trimmed() async {
        await eventually {
            let kept =
                try await self.gateway.redis.send(
                    RedisCommand("HLEN", "sc:{p0}:messages:squad_alpha")
                ).int ?? 0
            return kept <= self.limits.keptMessages + 5
        }
    }

    @Test("history goes on from Redis into the archive without a seam, a hole or a double")
    func seam() async throws {
        _ = try await self.gateway.join("viper-1")
        for number in 1...70 { _ = try await self.gateway.say("m\(number)") }
        await self.trimmed()
        var pages: [[String]] = []
        var before = 0
        while true {
            let data = before == 0 ? #"{"limit":9}"# : #"{"limit":9,"before":\#(before)}"#
            let reply = try await self.gateway.ask(.fetchHistory, "squad_alpha", user: "viper-1", data)
            let messages = try #require(try reply.json?["messages"]?.elements())
            pages.append(messages.compactMap { $0["content"]?.string })
            before = try #require(messages.first?["seq"]?.integer)
            if reply.json?["has_more"]?.boolean == false { break }
        }
        let all = Array(pages.reversed().joined())
        #expect(all.dropFirst() == (1...70).map { "m\($0)" }[...])
        #expect(all.count == 71)
        // The page of a join reaches into the archive too.
        let page = try #require(try await self.gateway.join("ghost-2").pushes.first)
        #expect(page.contents == (21...70).map { "m\($0)" })
        await self.chat.stop()
    }

    @Test("a reaction to a message that Redis has let go changes it, and lasts")
    func oldReaction() async throws {
        _ = try await self.gateway.join("viper-1")
        let message = try #require(try await self.gateway.say("old").json?["message_id"]?.string)
        for number in 1...40 { _ = try await self.gateway.say("m\(number)") }
        await self.trimmed()
        await eventually {
            try await self.gateway.redis.send(
                RedisCommand("HEXISTS", "sc:{p0}:messages:squad_alpha", RedisArgument(message))
            ).int == 0
        }
        let reply = try await self.gateway.ask(
            .addReaction, "squad_alpha", user: "ghost-2", #"{"message_id":"\#(message)","emoji":"🔥"}"#)
        #expect(reply.succeeded)
        await eventually {
            let stored = try await self.chat.archive.message(message, in: "squad_alpha")
            return stored.map { String(decoding: $0.json, as: UTF8.self).contains(#"{"🔥":["ghost-2"]}"#) } == true
        }
        let data = #"{"before":5,"limit":1}"#
        let page = try await self.gateway.ask(.fetchHistory, "squad_alpha", user: "viper-1", data)
        let shown = try page.json?["messages"]?.elements().first?["reactions"]
        #expect(shown.map { String(decoding: $0.bytes, as: UTF8.self) } == #"{"🔥":["ghost-2"]}"#)
        let unknown = try await self.gateway.ask(
            .addReaction, "squad_alpha", user: "ghost-2", #"{"message_id":"squad_alpha.feed.2","emoji":"🔥"}"#)
        #expect(unknown.code == "message_not_found")
        await self.chat.stop()
    }

    @Test("the daily file has each message once, as posted, in order; what was never noted is cut off")
    func dailyFiles() async throws {
        _ = try await self.gateway.join("viper-1")
        for number in 1...30 { _ = try await self.gateway.say("m\(number)") }
        await eventually { try await self.chat.archive.highestSequence(of: "squad_alpha") == 33 }
        let day = String(Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)).rfc3339.prefix(10))
        let path = self.chat.files.path(room: "squad_alpha", day: day)
        func contents() throws -> [String] {
            try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap { line in
                try JSONValue(parsing: line.utf8)["content"]?.string
            }
        }
        await eventually { try contents().count == 31 }
        #expect(try contents().dropFirst() == (1...30).map { "m\($0)" }[...])
        // A crash after the file and before the commit.
        let handle = try #require(try? Data(contentsOf: URL(fileURLWithPath: path)))
        try (handle + Data("{\"half".utf8)).write(to: URL(fileURLWithPath: path))
        _ = try await self.gateway.say("after")
        await eventually { try contents().last == "after" }
        #expect(try contents().count == 32)
        // A power cut took the end of the file.
        try Data(handle.prefix(10)).write(to: URL(fileURLWithPath: path))
        _ = try await self.gateway.say("last")
        await eventually { try contents().count == 33 }
        #expect(try contents().dropFirst().prefix(2) == ["m1", "m2"])
        await self.chat.stop()
    }

    @Test("the outbox is trimmed to what archive and notifier have both passed, and no further")
    func outbox() async throws {
        _ = try await self.gateway.join("viper-1")
        _ = try await self.gateway.say("one")
        await eventually { try await self.chat.archive.highestSequence(of: "squad_alpha") == 4 }
        #expect(try await self.gateway.redis.xlen("sc:{p0}:events") == 4)
        let redis = self.gateway.redis
        let batch = try await redis.xreadgroup(
            "sc:{p0}:events", group: RedisNames.notifierGroup, consumer: "n", count: 3)
        _ = try await redis.xack("sc:{p0}:events", group: RedisNames.notifierGroup, batch.prefix(2).map(\.id))
        _ = try await self.gateway.say("two")
        await eventually { try await redis.xlen("sc:{p0}:events") == 3 }
        #expect(try await redis.xrange("sc:{p0}:events").first?.id == batch[2].id)
        await self.chat.stop()
    }

    @Test("an archive of another Redis is refused")
    func identity() async throws {
        await eventually {
            try await self.gateway.redis.send(RedisCommand("GET", RedisArgument(RedisNames.archive))).string != nil
        }
        let connection = try await self.gateway.redis.connection(for: RedisNames.archive)
        let other = ArchiveIdentity(identity: "another", partitions: 1)
        await #expect(throws: ArchiveError.self) { try await other.check(connection) }
        #expect(other.report != nil)
        await self.chat.stop()
    }

    @Test("while the archive is away rooms go on, pages of the past wait, and nothing is missing when it is back")
    func away() async throws {
        await self.chat.stop()
        let away = NIOLockedValueBox<ArchiveAway?>(nil)
        let chat = try await ChatProcess(
            self.server.url, folder: self.server.directory, directory: self.directory, limits: self.limits,
            asking: { archive in
                let double = ArchiveAway(archive)
                away.withLockedValue { $0 = double }
                return double
            })
        let double = try #require(away.withLockedValue { $0 })
        _ = try await self.gateway.join("viper-1")
        for number in 1...40 { _ = try await self.gateway.say("m\(number)") }
        await self.trimmed()
        double.goAway(for: [.append, .read])
        for number in 41...45 { #expect(try await self.gateway.say("m\(number)").succeeded) }
        #expect(try await chat.archive.highestSequence(of: "squad_alpha") < 48)
        // Answered late and not wrongly: the page needs what only the archive has.
        let question = self.gateway.command(
            .fetchHistory, "squad_alpha", user: "viper-1", #"{"before":6,"limit":2}"#)
        try await self.gateway.add(question)
        double.comeBack()
        let page = try await self.gateway.answer(to: question).json?["messages"]?.elements()
        #expect(page?.compactMap { $0["content"]?.string } == ["m1", "m2"])
        await eventually { try await chat.archive.highestSequence(of: "squad_alpha") == 48 }
        await chat.stop()
    }
}
