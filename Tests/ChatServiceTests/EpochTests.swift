import Domain
import NIOConcurrencyHelpers
import NIOCore
import Redis
import TestSupport
import Testing

@testable import ChatService

/// A Redis that comes back with something else than it had never meets its old epoch again.
@Suite(.timeLimit(.minutes(3)))
struct EpochTests {
    let directory: FakeDirectory
    let folder: String

    init() throws {
        self.directory = try FakeDirectory()
        self.folder = try temporaryDirectory()
    }

    private func chat(
        _ url: String, asking: (SQLiteArchive) -> any MessageArchive & DailyFileLedger = { $0 }
    ) async throws -> ChatProcess {
        try await ChatProcess(
            url, folder: self.folder, directory: self.directory, limits: ChatLimits(partitions: 1), asking: asking)
    }

    private func page(_ gateway: TestGateway) async throws -> [String] {
        let reply = try await gateway.ask(.fetchHistory, "squad_alpha", user: "viper-1", "{}")
        return (try reply.json?["messages"]?.elements() ?? []).compactMap { $0["content"]?.string }.filter {
            $0.count < 9
        }
    }

    private func resume(_ gateway: TestGateway, _ epoch: String, _ sequence: Int) async throws -> [String]? {
        let reply = try await gateway.ask(
            .resume, "squad_alpha", user: "viper-1", #"{"seq":\#(sequence),"epoch":"\#(epoch)"}"#, socket: "s1")
        guard reply.json?["recovered"]?.boolean == true else { return nil }
        return reply.pushes.compactMap { $0.value?["content"]?.string }
    }

    /// All keys as they are now.
    private func copy(_ redis: RedisClient) async throws -> [(key: String, value: ByteBuffer)] {
        var copy: [(key: String, value: ByteBuffer)] = []
        for key in (try await redis.send(RedisCommand("KEYS", "*")).array ?? []).compactMap(\.string) {
            let value = try await redis.send(RedisCommand("DUMP", RedisArgument(key))).buffer
            if let value { copy.append((key, value)) }
        }
        return copy
    }

    /// Loads an older copy, in one step, as a replica does that follows another master.
    private func load(_ copy: [(key: String, value: ByteBuffer)], into redis: RedisClient) async throws {
        let commands = copy.map { RedisCommand("RESTORE", RedisArgument($0.key), 0, RedisArgument($0.value)) }
        let results = try await redis.pipeline(
            [RedisCommand("MULTI"), RedisCommand("FLUSHALL")] + commands + [RedisCommand("EXEC")])
        for result in results { _ = try result.get() }
    }

    @Test("an older copy under the same run id begins a new epoch when it is opened, and gets back what was said")
    func olderCopy() async throws {
        let server = try await RedisServer.start()
        let gateway = try await TestGateway(server.url)
        let first = try await self.chat(server.url)
        let epoch = try #require(try await gateway.join("viper-1").epoch)
        _ = try await gateway.say("one")
        await eventually { try await first.archive.highestSequence(of: "squad_alpha") == 4 }
        await first.stop()
        let copy = try await self.copy(gateway.redis)

        let second = try await self.chat(server.url)
        // Nothing happened in between: nobody reloads.
        #expect(try await gateway.say("two").epoch == epoch)
        await eventually { try await second.archive.highestSequence(of: "squad_alpha") == 5 }
        await second.stop()

        try await self.load(copy, into: gateway.redis)
        let third = try await self.chat(server.url)
        let said = try await gateway.say("three")
        #expect(said.epoch != epoch && said.sequence == 6)
        #expect(try await self.page(gateway) == ["one", "two", "three"])
        #expect(try await self.resume(gateway, epoch, 4) == ["two", "three"])
        #expect(try await self.resume(gateway, epoch, 6) == nil)
        await third.stop()
    }

    @Test("an older copy that is loaded under a living holder begins a new epoch too")
    func olderCopyUnderHolder() async throws {
        let server = try await RedisServer.start()
        let gateway = try await TestGateway(server.url)
        let chat = try await self.chat(server.url)
        let epoch = try #require(try await gateway.join("viper-1").epoch)
        _ = try await gateway.say("one")
        let copy = try await self.copy(gateway.redis)
        _ = try await gateway.say("two")
        await eventually { try await chat.archive.highestSequence(of: "squad_alpha") == 5 }
        try await self.load(copy, into: gateway.redis)
        let said = try await gateway.say("three")
        #expect(said.epoch != epoch && said.sequence == 6)
        #expect(try await self.page(gateway) == ["one", "two", "three"])
        await chat.stop()
    }

    @Test("a Redis that fails over and back never meets its old epoch; what went on elsewhere is the room's history")
    func failsOverAndBack() async throws {
        let home = try await RedisServer.start(port: try freePort())
        let replica = try await RedisServer.start()
        let atHome = try await TestGateway(home.url, name: "home")
        let away = NIOLockedValueBox<ArchiveAway?>(nil)
        let first = try await self.chat(home.url) { archive in
            let double = ArchiveAway(archive)
            away.withLockedValue { $0 = double }
            return double
        }
        let epoch = try #require(try await atHome.join("viper-1").epoch)
        _ = try await atHome.say("one")
        await eventually { try await first.archive.highestSequence(of: "squad_alpha") == 4 }
        try replica.command("REPLICAOF", "127.0.0.1", "\(home.port)")
        await eventually {
            try replica.command("HGET", "sc:{p0}:room:squad_alpha", "seq").contains("4")
        }
        // The master goes on alone for a moment: neither replica nor archive hear of it.
        try replica.command("REPLICAOF", "NO", "ONE")
        away.withLockedValue { $0 }?.goAway(for: [.append])
        #expect(try await atHome.say("alone").sequence == 5)
        await first.stop()

        let elsewhere = try await TestGateway(replica.url, name: "elsewhere")
        let second = try await self.chat(replica.url)
        let there = try await elsewhere.say("two")
        let otherEpoch = try #require(there.epoch)
        #expect(otherEpoch != epoch && there.sequence == 5)
        _ = try await elsewhere.say("three")
        await eventually { try await second.archive.highestSequence(of: "squad_alpha") == 6 }
        await second.stop()

        let third = try await self.chat(home.url)
        let back = try await atHome.say("four")
        #expect(![epoch, otherEpoch].contains(back.epoch) && back.sequence == 7)
        #expect(try await self.page(atHome) == ["one", "two", "three", "four"])
        // Who was there before it went apart is brought up to date; who saw what did not last reloads.
        #expect(try await self.resume(atHome, epoch, 4) == ["two", "three", "four"])
        #expect(try await self.resume(atHome, otherEpoch, 5) == ["three", "four"])
        #expect(try await self.resume(atHome, epoch, 5) == nil)
        // It is in the archive all the same.
        #expect(try await third.archive.message("squad_alpha.\(epoch).5", in: "squad_alpha") != nil)
        await third.stop()
    }

    @Test("what a release before openings had marks left is taken over without a reload, and is marked")
    func olderRelease() async throws {
        let older = try await OlderRelease()
        let server = try await RedisServer.start()
        let gateway = try await TestGateway(server.url, partitions: 2)
        try await older.putBack(into: gateway.redis)
        let limits = ChatLimits(partitions: 2)
        let chat = try await ChatProcess(
            server.url, folder: older.folder, directory: self.directory, limits: limits)
        let said = try await gateway.say("go on")
        #expect(said.epoch == OlderRelease.epoch && said.sequence == 51)
        #expect(try await self.resume(gateway, OlderRelease.epoch, 50) == ["go on"])
        let opening = try await gateway.redis.send(RedisCommand("HGET", "sc:{p0}:state", "opening")).string
        #expect(OpeningMark(opening).number == 1)
        await eventually { try await chat.archive.partition(0).opening == OpeningMark(opening) }
        await chat.stop()
        // Over another life of the server its epoch is one before: known, so that nobody reloads who missed nothing.
        let copy = try await self.copy(gateway.redis)
        let other = try await RedisServer.start()
        let next = try await TestGateway(other.url, name: "next", partitions: 2)
        try await self.load(copy, into: next.redis)
        let successor = try await ChatProcess(
            other.url, folder: older.folder, directory: self.directory, limits: limits)
        #expect(try await next.say("and on").epoch != OlderRelease.epoch)
        #expect(try await self.resume(next, OlderRelease.epoch, 50) == ["go on", "and on"])
        await successor.stop()
    }
}
