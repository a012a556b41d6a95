import Domain
import Redis
import TestSupport
import Testing
import WireContract

@testable import ChatService

/// A recruit may read what was said since joining and the 50 messages before: messages, whatever else happened between them.
@Suite(.timeLimit(.minutes(2)))
struct RecruitTests {
    private struct Reacted {
        let chat: ChatProcess
        let gateway: TestGateway
        let epoch: String
        /// The seq of each message, oldest first; behind each stand a reaction and its end.
        var messages: [Int]
        let joined: Int

        func ask(_ kind: ChatCommand.Kind, _ data: String, user: String = "nomad-7") async throws -> ChatReply {
            try await self.gateway.ask(
                kind, "squad_alpha", user: user, data, socket: kind == .fetchHistory ? nil : "s2")
        }
    }

    /// A room with a welcome and 70 messages, three events to each, which a recruit has joined.
    private func room(_ server: RedisServer, kept: Int = 1_000) async throws -> Reacted {
        var limits = ChatLimits(partitions: 1)
        limits.keptMessages = kept
        let chat = try await ChatProcess(
            server.url, folder: server.directory, directory: try FakeDirectory(), limits: limits)
        let gateway = try await TestGateway(server.url)
        let epoch = try #require(try await gateway.join("viper-1").epoch)
        var messages = [2]
        for number in 1...70 {
            let said = try await gateway.say("m\(number)")
            messages.append(try #require(said.sequence))
            let message = try #require(said.json?["message_id"]?.string)
            for kind in [ChatCommand.Kind.addReaction, .removeReaction] {
                _ = try await gateway.ask(
                    kind, "squad_alpha", user: "ghost-2", #"{"message_id":"\#(message)","emoji":"👍"}"#)
            }
        }
        let joined = try #require(try await gateway.join("nomad-7").sequence)
        if kept < 100 {
            await eventually {
                try await gateway.redis.send(RedisCommand("HLEN", "sc:{p0}:messages:squad_alpha")).int ?? 0 <= kept + 5
            }
        }
        return Reacted(chat: chat, gateway: gateway, epoch: epoch, messages: messages, joined: joined)
    }

    private func sequences(_ json: [UInt8]) throws -> [Int] {
        try ChatReply(correlation: "", succeeded: true, answer: json).json?["messages"]?.elements().compactMap {
            $0["seq"]?.integer
        } ?? []
    }

    @Test(
        "history, join and resume reach back to the same message, and say that there is no more",
        arguments: [1_000, 20])
    func oneFloor(kept: Int) async throws {
        let server = try await RedisServer.start()
        let room = try await self.room(server, kept: kept)
        let allowed = Array(room.messages.suffix(50))
        #expect(room.joined - allowed[0] > 100)

        let page = try await room.ask(.fetchHistory, #"{"limit":100}"#)
        #expect(try self.sequences(page.answer) == allowed)
        #expect(page.json?["has_more"]?.boolean == false)
        let newest = try await room.ask(.fetchHistory, #"{"limit":20}"#)
        #expect(newest.json?["has_more"]?.boolean == true)
        let older = try await room.ask(.fetchHistory, #"{"limit":30,"before":\#(allowed[30])}"#)
        #expect(try self.sequences(older.answer) == Array(allowed.prefix(30)))
        #expect(older.json?["has_more"]?.boolean == false)
        let beyond = try await room.ask(.fetchHistory, #"{"limit":30,"before":\#(allowed[0])}"#)
        #expect(try self.sequences(beyond.answer) == [] && beyond.json?["has_more"]?.boolean == false)

        let joined = try #require(try await room.gateway.join("nomad-7", socket: "s3").pushes.first)
        #expect(try self.sequences(joined.json) == allowed)
        #expect(joined.value?["has_more"]?.boolean == false)

        func resume(from sequence: Int) async throws -> ChatReply {
            try await room.ask(.resume, #"{"seq":\#(sequence),"epoch":"\#(room.epoch)"}"#)
        }
        for sequence in [0, allowed[0] - 2] {
            let refused = try await resume(from: sequence)
            #expect(refused.json?["recovered"]?.boolean == false)
            let page = try #require(refused.pushes.first)
            #expect(try self.sequences(page.json) == allowed && page.value?["has_more"]?.boolean == false)
        }
        if kept == 1_000 {
            let recovered = try await resume(from: allowed[0])
            #expect(recovered.json?["recovered"]?.boolean == true)
            #expect(recovered.pushes.count == room.joined - allowed[0])
        }
        await room.chat.stop()
    }

    @Test("who has the right to the whole history is told of what is before the newest page")
    func wholeHistory() async throws {
        let server = try await RedisServer.start()
        let room = try await self.room(server)
        let joined = try #require(try await room.gateway.join("viper-1", socket: "s3").pushes.first)
        #expect(joined.value?["has_more"]?.boolean == true)
        let page = try await room.ask(.fetchHistory, #"{"limit":100}"#, user: "viper-1")
        #expect(try self.sequences(page.answer) == room.messages && page.json?["has_more"]?.boolean == false)
        await room.chat.stop()
    }

    @Test("a message that is said later does not shut one out that the recruit could read")
    func grows() async throws {
        let server = try await RedisServer.start()
        let room = try await self.room(server)
        for number in 1...10 { _ = try await room.gateway.say("later \(number)") }
        let page = try await room.ask(.fetchHistory, #"{"limit":100}"#)
        #expect(try self.sequences(page.answer).prefix(50) == room.messages.suffix(50))
        #expect(try self.sequences(page.answer).count == 60)
        let joined = try #require(try await room.gateway.join("nomad-7", socket: "s3").pushes.first)
        #expect(joined.value?["has_more"]?.boolean == true)
        await room.chat.stop()
    }
}
