import JSON
import NIOConcurrencyHelpers
import Redis
import TestSupport
import Testing
import WireContract

@testable import ChatService

/// What is full stops nobody who needs nothing of it, and nothing that would make room.
@Suite(.timeLimit(.minutes(2)))
struct FullServerTests {
    let server: RedisServer
    let chat: ChatProcess
    let gateway: TestGateway

    init() async throws {
        self.server = try await RedisServer.start()
        var limits = ChatLimits(partitions: 1)
        limits.outboxBound = 12
        self.chat = try await ChatProcess(
            self.server.url, folder: self.server.directory, directory: try FakeDirectory(), limits: limits)
        self.gateway = try await TestGateway(self.server.url, rooms: ["squad_alpha"])
    }

    private func signal(_ number: Int) -> ChatCommand {
        let data =
            #"{"signal_data":{"signal_id":"S\#(number)","pair":"EURUSD","direction":"BUY","tcs":84,"entry_price":1.1}}"#
        return self.gateway.command(.postSignal, "squad_alpha", user: "", data, id: "signal-\(number)")
    }

    /// The signals in the room, in its order.
    private func signals() -> [String] {
        self.gateway.events.compactMap { $0.value?["metadata"]?["signal_data"]?["signal_id"]?.string }
    }

    private func limitMemory(_ bytes: Int) throws {
        try self.server.command("CONFIG", "SET", "maxmemory", "\(bytes)")
    }

    private func ask(
        _ kind: ChatCommand.Kind, user: String, _ data: String = "{}", socket: String? = nil
    ) async throws -> ChatReply {
        let command = self.gateway.command(kind, "squad_alpha", user: user, data, socket: socket)
        try await self.gateway.addAtMemoryLimit(command)
        return try await self.gateway.answer(to: command, within: .seconds(2))
    }

    @Test(
        "at the memory limit who writes hears busy at once, members come in, read and leave, and signals wait in order")
    func memory() async throws {
        _ = try await self.gateway.join("viper-1")
        #expect(try await self.gateway.say("before").succeeded)
        try self.limitMemory(1)
        for number in 1...3 { try await self.gateway.addAtMemoryLimit(self.signal(number)) }
        let text = #"{"room_id":"squad_alpha","content":"too much"}"#
        #expect(try await self.ask(.sendMessage, user: "viper-1", text).code == "busy")
        let page = try await self.ask(.joinSquadRoom, user: "viper-1", #"{"squad_id":"alpha"}"#, socket: "s2")
        #expect(page.code == nil)
        #expect(page.pushes.last?.contents.last == "before")
        #expect(
            try await self.ask(.joinSquadRoom, user: "ghost-2", #"{"squad_id":"alpha"}"#, socket: "s3").code == "busy")
        #expect(try await self.ask(.fetchHistory, user: "viper-1").code == nil)
        #expect(try await self.ask(.leave, user: "viper-1", socket: "s2").succeeded)
        #expect(self.chat.leases.trouble == nil && self.chat.leases.kept == [0])
        #expect(self.signals().isEmpty)
        try await self.gateway.addAtMemoryLimit(self.signal(4))
        try self.limitMemory(0)
        await eventually { self.signals().count == 4 }
        #expect(self.signals() == ["S1", "S2", "S3", "S4"])
        #expect(try await self.gateway.say("after").succeeded)
        #expect(try await self.gateway.join("ghost-2", socket: "s3").succeeded)
        await self.chat.stop()
    }

    @Test("a room that is trimmed and an archive that goes on make room at the memory limit")
    func freesMemory() async throws {
        var limits = ChatLimits(partitions: 1)
        limits.keptMessages = 20
        let server = try await RedisServer.start()
        let chat = try await ChatProcess(
            server.url, folder: server.directory, directory: try FakeDirectory(), limits: limits)
        let gateway = try await TestGateway(server.url)
        _ = try await gateway.join("viper-1")
        for number in 1...60 { #expect(try await gateway.say("m\(number)").succeeded) }
        try server.command("CONFIG", "SET", "maxmemory", "1")
        let messages = ChatKeys(partition: 0).room("squad_alpha").messages
        await eventually {
            try await gateway.redis.send(RedisCommand("HLEN", RedisArgument(messages))).int ?? 99 <= 22
        }
        #expect(try await chat.archive.highestSequence(of: "squad_alpha") >= 60)
        try server.command("CONFIG", "SET", "maxmemory", "0")
        await chat.stop()
        await self.chat.stop()
    }

    @Test("a signal that a full outbox does not take stops neither reads nor refusals nor members who come back")
    func outbox() async throws {
        _ = try await self.gateway.join("viper-1")
        var said = 0
        while try await self.gateway.say("m\(said)").succeeded { said += 1 }
        for number in 1...3 { try await self.gateway.add(self.signal(number)) }
        #expect(try await self.gateway.say("too much").code == "busy")
        let page = try await self.gateway.join("viper-1", socket: "s2")
        #expect(page.succeeded && page.pushes.last?.contents.last == "m\(said - 1)")
        #expect(try await self.gateway.join("ghost-2", socket: "s3").code == "busy")
        #expect(try await self.gateway.ask(.fetchHistory, "squad_alpha", user: "viper-1").succeeded)
        #expect(self.signals().isEmpty)
        // The notifier takes what is there; archive and trimming make room.
        let group = RedisNames.notifierGroup
        let batch = try await self.gateway.redis.xreadgroup("sc:{p0}:events", group: group, consumer: "n", count: 100)
        try await self.gateway.redis.xack("sc:{p0}:events", group: group, batch.map(\.id))
        await eventually { self.signals().count == 3 }
        #expect(self.signals() == ["S1", "S2", "S3"])
        #expect(try await self.gateway.redis.xlen("sc:{p0}:commands") == 0)
        await self.chat.stop()
    }

    @Test("a room that is to be opened again at the memory limit stops nobody, and nor does an outcome that waits")
    func reopening() async throws {
        let server = try await RedisServer.start(appendOnly: true)
        let chat = try await ChatProcess(
            server.url, folder: server.directory, directory: try FakeDirectory(), limits: ChatLimits(partitions: 1))
        var gateway = try await TestGateway(server.url)
        _ = try await gateway.join("viper-1")
        #expect(try await gateway.say("before").succeeded)
        let outcome = try await gateway.ask(
            .updateSignal, "squad_alpha", user: "", #"{"signal_id":"S9","outcome":"WIN","pips_result":12.5}"#, id: "o9")
        #expect(outcome.succeeded)
        // Another life of the server: rooms are opened again at their first use.
        try await server.restart()
        try server.command("CONFIG", "SET", "maxmemory", "1")
        gateway = try await TestGateway(server.url, name: "gw2")
        let join = gateway.command(
            .joinSquadRoom, "squad_alpha", user: "viper-1", #"{"squad_id":"alpha"}"#, socket: "s2")
        try await gateway.addAtMemoryLimit(join)
        #expect(try await gateway.answer(to: join, within: .seconds(20)).code == nil)
        let page = gateway.command(.fetchHistory, "squad_alpha", user: "viper-1")
        try await gateway.addAtMemoryLimit(page)
        #expect(try await gateway.answer(to: page, within: .seconds(2)).code == nil)
        try server.command("CONFIG", "SET", "maxmemory", "0")
        #expect(try await gateway.say("after").succeeded)
        await chat.stop()
        await self.chat.stop()
    }

    @Test("while the archive is away an outcome waits for it, and neither a removal nor another room's signal does")
    func archiveAway() async throws {
        let server = try await RedisServer.start()
        let away = NIOLockedValueBox<ArchiveAway?>(nil)
        let chat = try await ChatProcess(
            server.url, folder: server.directory, directory: try FakeDirectory(), limits: ChatLimits(partitions: 1)
        ) { archive in
            let double = ArchiveAway(archive)
            away.withLockedValue { $0 = double }
            return double
        }
        let gateway = try await TestGateway(server.url, rooms: ["squad_alpha", "squad_bravo"])
        _ = try await gateway.join("viper-1")
        away.withLockedValue { $0?.goAway(for: [.read]) }
        let outcome = gateway.command(
            .updateSignal, "squad_alpha", user: "", #"{"signal_id":"S9","outcome":"WIN","pips_result":12.5}"#, id: "o9")
        try await gateway.add(outcome)
        let removal = try await gateway.ask(.removeMember, "squad_alpha", user: "", #"{"user_id":"viper-1"}"#, id: "r1")
        #expect(removal.succeeded)
        let other = try await gateway.ask(
            .postSignal, "squad_bravo", user: "",
            #"{"signal_data":{"signal_id":"S1","pair":"EURUSD","direction":"BUY","tcs":84,"entry_price":1.1}}"#,
            id: "s1")
        #expect(other.succeeded)
        #expect(!gateway.replies.contains { $0.correlation == outcome.correlation })
        away.withLockedValue { $0?.comeBack() }
        #expect(try await gateway.answer(to: outcome).succeeded)
        await chat.stop()
        await self.chat.stop()
    }
}
