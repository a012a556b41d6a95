import Domain
import TestSupport
import Testing
import WireContract

@testable import ChatService

@Suite(.timeLimit(.minutes(3)))
struct ResumeTests {
    let directory: FakeDirectory

    init() throws {
        self.directory = try FakeDirectory()
    }

    private func chat(_ server: RedisServer, _ limits: ChatLimits = ChatLimits(partitions: 1)) async throws
        -> ChatProcess
    {
        try await ChatProcess(server.url, folder: server.directory, directory: self.directory, limits: limits)
    }

    private func resume(_ gateway: TestGateway, epoch: String, seq: Int) async throws -> ChatReply {
        try await gateway.ask(
            .resume, "squad_alpha", user: "viper-1", #"{"seq":\#(seq),"epoch":"\#(epoch)"}"#, socket: "s9")
    }

    /// Waits until the archive holds all that was said.
    private func archived(_ chat: ChatProcess, through sequence: Int) async {
        await eventually { try await chat.archive.highestSequence(of: "squad_alpha") >= sequence }
    }

    @Test("a resume answers what was missed, in order, in the present state; an unknown point is not recovered")
    func resume() async throws {
        let server = try await RedisServer.start()
        let chat = try await self.chat(server)
        let gateway = try await TestGateway(server.url)
        let epoch = try #require(try await gateway.join("viper-1").epoch)
        let first = try #require(try await gateway.say("one").json?["message_id"]?.string)
        _ = try await gateway.say("two")
        _ = try await gateway.ask(
            .addReaction, "squad_alpha", user: "ghost-2", #"{"message_id":"\#(first)","emoji":"👍"}"#)

        let reply = try await self.resume(gateway, epoch: epoch, seq: 3)
        #expect(reply.json?["recovered"]?.boolean == true)
        #expect(reply.pushes.map(\.event) == ["new_message", "new_message", "reaction_added"])
        #expect(reply.pushes.map(\.sequence) == [4, 5, 6])
        #expect(reply.pushes.allSatisfy { $0.epoch == epoch })
        let users = try reply.pushes[0].value?["reactions"]?["👍"]?.elements().map(\.string)
        #expect(users == ["ghost-2"])

        let upToDate = try await self.resume(gateway, epoch: epoch, seq: 6)
        #expect(upToDate.json?["recovered"]?.boolean == true && upToDate.pushes.isEmpty)
        for (epoch, seq) in [(epoch, 7), ("0123456789ab", 3)] {
            let lost = try await self.resume(gateway, epoch: epoch, seq: seq)
            #expect(lost.json?["recovered"]?.boolean == false)
            #expect(lost.pushes.map(\.event) == ["room_history"])
        }
        await chat.stop()
    }

    @Test("a gateway that catches up learns of each room what it missed, and which it lost")
    func catchUp() async throws {
        let server = try await RedisServer.start()
        let chat = try await self.chat(server)
        let gateway = try await TestGateway(server.url)
        let epoch = try #require(try await gateway.join("viper-1").epoch)
        _ = try await gateway.join("saber-1", "squad_bravo")
        _ = try await gateway.say("one")
        let reply = try await gateway.askForLines(
            .catchUp, "", user: "",
            #"""
            {"rooms":[["squad_alpha","\#(epoch)",3],["squad_bravo","\#(epoch)",3],["squad_bravo","feed",1],["nowhere","x",0]]}
            """#)
        #expect(
            reply.headers == [
                "room_state squad_alpha \(epoch) 4 R -", "new_message squad_alpha \(epoch) 4 - viper-1",
                "room_state squad_bravo \(epoch) 3 R -", "room_state squad_bravo \(epoch) 3 L -",
                "room_state nowhere - - L -",
            ])
        await chat.stop()
    }

    @Test("a restart of Redis that lost nothing costs nobody a reload, and a new epoch begins")
    func restart() async throws {
        let server = try await RedisServer.start(appendOnly: true)
        let chat = try await self.chat(server)
        let gateway = try await TestGateway(server.url)
        let epoch = try #require(try await gateway.join("viper-1").epoch)
        _ = try await gateway.say("one", id: "c1")
        try await server.restart()
        let reply = try await self.eventualResume(gateway, epoch: epoch, seq: 3)
        #expect(reply.json?["recovered"]?.boolean == true)
        #expect(reply.pushes.map(\.sequence) == [4])
        let second = try #require(reply.epoch)
        #expect(second != epoch)
        let said = try await gateway.say("two")
        #expect(said.json?["message_id"]?.string == "squad_alpha.\(second).5")
        // The repeat of a command from before is still known.
        #expect(try await gateway.say("one", id: "c1").json?["seq"]?.integer == 4)
        await chat.stop()
    }

    @Test("an emptied Redis gets rooms, members, history and marks back; resumes from before are told to reload")
    func emptied() async throws {
        let server = try await RedisServer.start()
        let chat = try await self.chat(server)
        let gateway = try await TestGateway(server.url)
        let epoch = try #require(try await gateway.join("viper-1").epoch)
        _ = try await gateway.join("ghost-2")
        for number in 1...60 { _ = try await gateway.say("message \(number)", id: "c\(number)") }
        await self.archived(chat, through: 64)
        for flushes in [true, false] {
            if flushes { try server.flushAll() } else { try await server.restart() }
            let reply = try await self.eventualResume(gateway, epoch: epoch, seq: 10)
            let second = try #require(reply.epoch)
            #expect(second != epoch)
            // Everything up to 64 was archived, so a reader of the old epoch goes on without a hole.
            #expect(reply.json?["recovered"]?.boolean == true)
            #expect(reply.pushes.compactMap(\.sequence) == Array(11...64))
            let beyond = try await self.resume(gateway, epoch: epoch, seq: 65)
            #expect(beyond.json?["recovered"]?.boolean == false)
            #expect(beyond.pushes.first?.contents.count == 50)
            let members = try await gateway.join("viper-1", socket: "again").json?["members"]?.elements()
            #expect(members?.count == 2)
            #expect(try await gateway.say("message 7", id: "c7").json?["seq"]?.integer == 11)
            #expect(try await gateway.say("else", id: "c7").code == "conflict")
            #expect(reply.sequence == 64)
        }
        await chat.stop()
    }

    @Test("a lost tail is noticed: seq goes on above the archive, and who saw lost events reloads")
    func lostTail() async throws {
        let server = try await RedisServer.start()
        let chat = try await self.chat(server)
        let gateway = try await TestGateway(server.url)
        let epoch = try #require(try await gateway.join("viper-1").epoch)
        for number in 1...5 { _ = try await gateway.say("kept \(number)") }
        try server.command("SAVE")
        // These are archived, and then Redis forgets them.
        let lost = try #require(try await gateway.say("in the archive", id: "c1").json?["message_id"]?.string)
        _ = try await gateway.ask(
            .addReaction, "squad_alpha", user: "ghost-2", #"{"message_id":"\#(lost)","emoji":"👍"}"#)
        await self.archived(chat, through: 10)
        try await server.restart()

        let reply = try await self.eventualResume(gateway, epoch: epoch, seq: 8)
        #expect(reply.json?["recovered"]?.boolean == true)
        #expect(reply.pushes.map(\.event) == ["new_message", "reaction_added"])
        #expect(reply.pushes.first?.value?["content"]?.string == "in the archive")
        #expect(reply.pushes.map(\.epoch) == [reply.epoch, reply.epoch])
        #expect(try await gateway.say("in the archive", id: "c1").json?["seq"]?.integer == 9)
        let said = try await gateway.say("after")
        #expect(said.json?["seq"]?.integer == 11)
        // seq 11 of the old epoch never existed here.
        #expect(try await self.resume(gateway, epoch: epoch, seq: 11).json?["recovered"]?.boolean == false)
        await chat.stop()
    }

    /// The server was away: asks until it answers.
    private func eventualResume(_ gateway: TestGateway, epoch: String, seq: Int) async throws -> ChatReply {
        var reply: ChatReply?
        await eventually(within: .seconds(30)) {
            let command = gateway.command(
                .resume, "squad_alpha", user: "viper-1", #"{"seq":\#(seq),"epoch":"\#(epoch)"}"#, socket: "s9")
            try await gateway.hear()
            try await gateway.add(command)
            for _ in 0..<200 {
                reply = gateway.replies.last { $0.correlation == command.correlation }
                if reply != nil { return true }
                try await Task.sleep(for: .milliseconds(10))
            }
            return false
        }
        return try #require(reply)
    }
}
