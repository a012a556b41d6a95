import Domain
import Redis
import TestSupport
import Testing

@testable import ChatService

/// A key of a wrong type costs what stood in it, and nobody else anything.
@Suite(.timeLimit(.minutes(2)))
struct DamagedKeyTests {
    @Test("a partition opens whatever stands in the place of its list of rooms, and the list is written anew")
    func rooms() async throws {
        let server = try await RedisServer.start()
        let directory = try FakeDirectory()
        let gateway = try await TestGateway(server.url)
        let keys = ChatKeys(partition: 0)
        for restarts in [false, true] {
            let chat = try await ChatProcess(
                server.url, folder: server.directory, directory: directory, limits: ChatLimits(partitions: 1))
            _ = try await gateway.join("viper-1")
            let said = try #require(try await gateway.say("one").sequence)
            await eventually { try await chat.archive.highestSequence(of: "squad_alpha") >= said }
            await chat.stop()
            _ = try await gateway.redis.send(RedisCommand("SET", RedisArgument(keys.rooms), "wrong"))
            // Under the same life of the server, and under one that begins anew.
            if restarts {
                _ = try await gateway.redis.send(RedisCommand("HDEL", RedisArgument(keys.state), "run"))
            }
            let next = try await ChatProcess(
                server.url, folder: server.directory, directory: directory, limits: ChatLimits(partitions: 1))
            #expect(try await gateway.say("two").sequence == said + 1)
            let listed = try await gateway.redis.send(RedisCommand("SMEMBERS", RedisArgument(keys.rooms)))
            #expect(listed.array?.map(\.string) == ["squad_alpha"])
            let aside = try await gateway.redis.send(RedisCommand("KEYS", "sc:*:damaged:*:rooms")).array ?? []
            #expect(aside.count == (restarts ? 2 : 1), "what stood there is kept")
            await next.stop()
        }
    }

    @Test(
        "a room is opened anew whatever stands in the place of what is restored",
        arguments: ["messages", "index", "changed", "reacted", "members", "log", "reactions", "rooms:ghost-2"],
        [true, false])
    func reopening(_ name: String, isAllLost: Bool) async throws {
        let reacted = try await ReactedMessage()
        let (bench, room) = (reacted.bench, reacted.room)
        let card = "squad_alpha.\(bench.fence.runID.prefix(12)).5"
        try await bench.apply(.addReaction, #"{"message_id":"\#(card)","emoji":"🔥"}"#, user: "ghost-2", id: "card")
        try await reacted.react("👍", 0..<60)
        try await bench.archiveOutbox()
        let key: String
        switch name {
        case "reactions": key = bench.keys.reactions(message: reacted.message)
        case "rooms:ghost-2":
            try await bench.apply(.joinSquadRoom, "{}", user: "ghost-2", id: "join")
            try await bench.archiveOutbox()
            key = bench.keys.joined(user: "ghost-2")
        default:
            key = room.room.replacing(":room:squad_alpha", with: ":\(name):squad_alpha")
        }
        #expect(try await bench.send("EXISTS", key).int == 1)
        try await bench.send("DEL", key)
        try await bench.send("SET", key, "wrong")
        if isAllLost {
            try await bench.send("HSET", room.room, "epoch", "0000", "seq", "0", "epochs", "")
        } else {
            let last = try await bench.archive.highestSequence(of: "squad_alpha")
            try await bench.send("HSET", room.room, "epoch", "0000", "seq", "\(last - 1)")
        }
        try await bench.reopening.reopen("squad_alpha", bench.fence, bench.connection)
        #expect(try await reacted.count("👍") == 60)
        // Also what did not change since, of which Redis had lost nothing but that key.
        #expect(try await bench.send("HEXISTS", room.messages, card).int == 1)
        #expect(
            try await bench.send("HGET", room.reacted, card).string
                == #""reactions":{"🔥":["ghost-2"]},"reaction_counts":{"🔥":1}"#)
        #expect(try await reacted.react("👍", "p55") == ["done", "unchanged"])
        #expect(try await bench.apply(.sendMessage, #"{"content":"x"}"#, id: "on").first == "done")
        #expect(try await bench.send("KEYS", "sc:*:damaged:*").array?.count == 1)
    }

    @Test("a message is let go whatever stands in the place of its reactions")
    func trimming() async throws {
        let server = try await RedisServer.start()
        var limits = ChatLimits(partitions: 1)
        limits.keptMessages = 5
        let chat = try await ChatProcess(
            server.url, folder: server.directory, directory: try FakeDirectory(), limits: limits)
        let gateway = try await TestGateway(server.url)
        _ = try await gateway.join("viper-1")
        let message = try #require(try await gateway.say("one").json?["message_id"]?.string)
        _ = try await gateway.ask(
            .addReaction, "squad_alpha", user: "ghost-2", #"{"message_id":"\#(message)","emoji":"👍"}"#)
        let keys = ChatKeys(partition: 0)
        let reactions = RedisArgument(keys.reactions(message: message))
        _ = try await gateway.redis.send(RedisCommand("SET", reactions, "wrong"))
        for number in 0..<20 { _ = try await gateway.say("\(number)") }
        let messages = RedisArgument(keys.room("squad_alpha").messages)
        await eventually {
            _ = try await gateway.say("more")
            return try await gateway.redis.send(RedisCommand("HEXISTS", messages, RedisArgument(message))).int == 0
        }
        #expect(try await gateway.redis.send(RedisCommand("EXISTS", reactions)).int == 0)
        await chat.stop()
    }
}
