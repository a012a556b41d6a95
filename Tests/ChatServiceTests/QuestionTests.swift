import Domain
import NIOConcurrencyHelpers
import Redis
import TestSupport
import Testing
import WireContract
import WorkQueue

@testable import ChatService

/// What is asked and changes nothing is answered beside the pipeline, under the fence.
@Suite(.timeLimit(.minutes(2)))
struct QuestionTests {
    /// Of messages that only the archive has.
    private static let past = #"{"before":6,"limit":2}"#

    private func limits() -> ChatLimits {
        var limits = ChatLimits(partitions: 1)
        limits.keptMessages = 20
        return limits
    }

    /// A room of which Redis has let go the beginning, and its archive.
    private func trimmedRoom(
        _ server: RedisServer
    ) async throws -> (chat: ChatProcess, gateway: TestGateway, archive: ArchiveAway) {
        let away = NIOLockedValueBox<ArchiveAway?>(nil)
        let chat = try await ChatProcess(
            server.url, folder: server.directory, directory: try FakeDirectory(), limits: self.limits(),
            asking: { archive in
                let double = ArchiveAway(archive)
                away.withLockedValue { $0 = double }
                return double
            })
        let gateway = try await TestGateway(server.url)
        _ = try await gateway.join("viper-1")
        for number in 1...60 { _ = try await gateway.say("m\(number)") }
        await eventually {
            try await gateway.redis.send(RedisCommand("HLEN", "sc:{p0}:messages:squad_alpha")).int ?? 0 <= 25
        }
        return (chat, gateway, try #require(away.withLockedValue { $0 }))
    }

    @Test("an archive that does not answer delays no message and no other page, in its own room neither")
    func silentArchive() async throws {
        let server = try await RedisServer.start()
        let (chat, gateway, archive) = try await self.trimmedRoom(server)
        archive.fallSilent()
        let question = gateway.command(.fetchHistory, "squad_alpha", user: "viper-1", Self.past)
        let join = gateway.command(.joinSquadRoom, "squad_alpha", user: "ghost-2", socket: "s2")
        try await gateway.add(question)
        try await gateway.add(join)
        for number in 61...63 { #expect(try await gateway.say("m\(number)").succeeded) }
        #expect(try await gateway.join("saber-1", "squad_bravo").succeeded)
        let newest = try await gateway.ask(.fetchHistory, "squad_alpha", user: "viper-1", #"{"limit":3}"#)
        #expect(try newest.json?["messages"]?.elements().compactMap { $0["content"]?.string } == ["m61", "m62", "m63"])
        #expect(!gateway.replies.contains { [question.correlation, join.correlation].contains($0.correlation) })
        archive.comeBack()
        let page = try await gateway.answer(to: question).json?["messages"]?.elements()
        #expect(page?.compactMap { $0["content"]?.string } == ["m1", "m2"])
        // The answer is of the moment of the entrance; what was said after it is told by the room's events.
        let joined = try await gateway.answer(to: join)
        #expect(joined.sequence == 64 && joined.pushes.first?.contents == (11...60).map { "m\($0)" })
        #expect(try await gateway.redis.xlen("sc:{p0}:commands") == 0)
        await chat.stop()
    }

    @Test(
        "an archive that does not answer takes the places of no join and no page that can do without it; a repeat takes none"
    )
    func manyWait() async throws {
        let server = try await RedisServer.start()
        let (chat, gateway, archive) = try await self.trimmedRoom(server)
        archive.fallSilent()
        let questions = (0..<100).map { _ in gateway.command(.fetchHistory, "squad_alpha", user: "viper-1", Self.past) }
        for question in questions { try await gateway.add(question) }
        for question in questions { try await gateway.add(question) }
        let start = ContinuousClock.now
        #expect(try await gateway.join("saber-1", "squad_bravo").succeeded)
        #expect(try await gateway.ask(.fetchHistory, "squad_alpha", user: "viper-1", #"{"limit":3}"#).succeeded)
        #expect(.now - start < .seconds(1))
        await eventually { try await gateway.redis.xlen("sc:{p0}:commands") == 100 }
        archive.comeBack()
        for question in questions { #expect(try await gateway.answer(to: question).succeeded) }
        #expect(try await gateway.redis.xlen("sc:{p0}:commands") == 0)
        for question in questions {
            #expect(gateway.replies.count { $0.correlation == question.correlation } == 1)
        }
        await chat.stop()
    }

    @Test("a question whose asker gave up meanwhile is let go, and nothing is read for it")
    func tooLate() async throws {
        let server = try await RedisServer.start()
        let gateway = try await TestGateway(server.url)
        let old = gateway.command(.fetchHistory, "squad_alpha", user: "viper-1")
        for (id, command) in [
            ("1000-0", old), ("12000-0", gateway.command(.fetchHistory, "squad_alpha", user: "viper-1")),
        ] {
            let fields = command.fields.flatMap { [RedisArgument($0.name), RedisArgument($0.value)] }
            _ = try await gateway.redis.send(
                RedisCommand("XADD", ["sc:{p0}:commands", RedisArgument(id)] + fields))
        }
        let chat = try await ChatProcess(
            server.url, folder: server.directory, directory: try FakeDirectory(), limits: self.limits())
        await eventually { gateway.replies.count == 1 }
        await eventually { try await gateway.redis.xlen("sc:{p0}:commands") == 0 }
        #expect(!gateway.replies.contains { $0.correlation == old.correlation })
        await chat.stop()
    }

    @Test("who asks for what cannot be read for long hears that we are unavailable")
    func unavailable() async throws {
        let server = try await RedisServer.start()
        let (chat, gateway, archive) = try await self.trimmedRoom(server)
        archive.goAway(for: [.read])
        let reply = try await gateway.ask(.fetchHistory, "squad_alpha", user: "viper-1", Self.past)
        #expect(reply.code == "unavailable")
        #expect(try await gateway.redis.xlen("sc:{p0}:commands") == 0)
        archive.comeBack()
        #expect(try await gateway.ask(.fetchHistory, "squad_alpha", user: "viper-1", Self.past).succeeded)
        await chat.stop()
    }

    @Test("questions that the cursor has passed are answered by the next holder: none is lost, none stays")
    func passedOver() async throws {
        let server = try await RedisServer.start()
        let directory = try FakeDirectory()
        let first = try await ChatProcess(
            server.url, folder: server.directory, directory: directory, limits: self.limits())
        let gateway = try await TestGateway(server.url)
        _ = try await gateway.join("viper-1")
        let epoch = try #require(try await gateway.say("one").epoch)
        await first.stop()
        let questions = [
            gateway.command(.joinSquadRoom, "squad_alpha", user: "viper-1", socket: "s2"),
            gateway.command(
                .resume, "squad_alpha", user: "viper-1", #"{"seq":3,"epoch":"\#(epoch)"}"#, socket: "s3"),
            gateway.command(.fetchHistory, "squad_alpha", user: "viper-1"),
        ]
        for question in questions { try await gateway.add(question) }
        let last = try #require(try await gateway.redis.xrevrange("sc:{p0}:commands", count: 1).first?.id)
        _ = try await gateway.redis.send(RedisCommand("HSET", "sc:{p0}:state", "cursor", RedisArgument("\(last)")))
        let second = try await ChatProcess(
            server.url, folder: server.directory, directory: directory, limits: self.limits())
        for question in questions { #expect(try await gateway.answer(to: question).sequence == 4) }
        #expect(try await gateway.answer(to: questions[1]).pushes.map(\.sequence) == [4])
        #expect(try await gateway.redis.xlen("sc:{p0}:commands") == 0)
        await second.stop()
    }

    @Test("messages that pass over a question leave it where it is: the next holder answers it")
    func leftByMessages() async throws {
        let server = try await RedisServer.start()
        let (chat, gateway, archive) = try await self.trimmedRoom(server)
        archive.fallSilent()
        let questions = [
            gateway.command(.fetchHistory, "squad_alpha", user: "viper-1", Self.past),
            gateway.command(.joinSquadRoom, "squad_alpha", user: "ghost-2", socket: "s2"),
        ]
        for question in questions {
            try await gateway.add(question)
            // In one batch with it, and in one after it.
            for number in 1...3 {
                try await gateway.add(
                    gateway.command(.sendMessage, "squad_alpha", user: "viper-1", #"{"content":"n\#(number)"}"#))
            }
            #expect(try await gateway.say("passed over").succeeded)
        }
        #expect(try await gateway.redis.xlen("sc:{p0}:commands") == 2)
        await chat.stop()
        let second = try await ChatProcess(
            server.url, folder: server.directory, directory: try FakeDirectory(), limits: self.limits())
        for question in questions { #expect(try await gateway.answer(to: question).succeeded) }
        #expect(try await gateway.redis.xlen("sc:{p0}:commands") == 0)
        await second.stop()
    }

    @Test("an archive that is away is told to who needs it to write; all others go on")
    func writeNeedsArchive() async throws {
        let server = try await RedisServer.start()
        let (chat, gateway, archive) = try await self.trimmedRoom(server)
        let page = try await gateway.ask(.fetchHistory, "squad_alpha", user: "viper-1", Self.past)
        let old = try #require(try page.json?["messages"]?.elements().first?["message_id"]?.string)
        archive.goAway(for: [.read])
        let reply = try await gateway.ask(
            .sendMessage, "squad_alpha", user: "viper-1", #"{"content":"re","reply_to":"\#(old)"}"#, id: "answer")
        #expect(reply.code == "unavailable")
        let reaction = try await gateway.ask(
            .addReaction, "squad_alpha", user: "viper-1", #"{"message_id":"\#(old)","emoji":"👍"}"#, id: "reaction")
        #expect(reaction.code == "unavailable")
        #expect(try await gateway.join("saber-1", "squad_bravo").succeeded)
        #expect(try await gateway.say("elsewhere", "saber-1", "squad_bravo").succeeded)
        // What the suite itself wants done waits, and who asks does not wait for it.
        try await gateway.add(
            gateway.command(.updateSignal, "squad_alpha", user: "", #"{"signal_id":"S9","outcome":"WIN"}"#))
        let newest = try await gateway.ask(.fetchHistory, "squad_bravo", user: "saber-1", #"{"limit":1}"#)
        #expect(try newest.json?["messages"]?.elements().first?["content"]?.string == "elsewhere")
        archive.comeBack()
        let again = try await gateway.ask(
            .sendMessage, "squad_alpha", user: "viper-1", #"{"content":"re","reply_to":"\#(old)"}"#, id: "answer")
        #expect(again.succeeded)
        await chat.stop()
    }

    @Test("who asks after writing sees what was written")
    func afterWriting() async throws {
        let server = try await RedisServer.start()
        let chat = try await ChatProcess(
            server.url, folder: server.directory, directory: try FakeDirectory(), limits: self.limits())
        let gateway = try await TestGateway(server.url)
        _ = try await gateway.join("viper-1")
        for number in 1...30 {
            let message = gateway.command(.sendMessage, "squad_alpha", user: "viper-1", #"{"content":"m\#(number)"}"#)
            let question = gateway.command(.fetchHistory, "squad_alpha", user: "viper-1", #"{"limit":1}"#)
            try await gateway.add(message)
            try await gateway.add(question)
            let page = try await gateway.answer(to: question).json?["messages"]?.elements()
            #expect(page?.first?["content"]?.string == "m\(number)")
        }
        await chat.stop()
    }
}
