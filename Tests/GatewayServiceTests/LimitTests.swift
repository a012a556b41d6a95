import Domain
import JSON
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Redis
import TestSupport
import Testing
import WireContract

@testable import GatewayService

/// How much a client may do, and what happens then.
struct LimitTests {
    private static let message = #"{"id":4,"event":"send_message","data":{"room_id":"squad_alpha","content":"m"}}"#

    @Test("the limit on messages is one for a user over two gateways, and says when to try again")
    func flood() async throws {
        let harness = try await Harness.start(gateways: 2, settings: ["RATE_LIMIT_MESSAGES_PER_MINUTE": "5"])
        let clients = [try await harness.member("viper-1"), try await harness.member("viper-1", gateway: 1)]
        for number in 0..<5 {
            clients[number % 2].send(Self.message)
            #expect(try await clients[number % 2].nextText(containing: #"{"id":4"#).contains(#""ok""#))
        }
        for client in clients {
            client.send(Self.message)
            let answer = try await client.nextText(containing: #"{"id":4,"error""#)
            let error = try #require(JSONValue(parsing: answer.utf8)["error"])
            #expect(error["code"]?.string == "rate_limited")
            #expect((1...60).contains(error["retry_after"]?.integer ?? 0))
        }
        // Another user is not concerned.
        let other = try await harness.member("ghost-2")
        other.send(Self.message)
        #expect(try await other.nextText(containing: #"{"id":4"#).contains(#""ok""#))
        #expect(harness.chat.sequence(of: "squad_alpha") == 6)
        await harness.stop()
    }

    @Test("reactions have a limit of their own, for a user over two gateways, and one sent again is counted once")
    func reactions() async throws {
        let harness = try await Harness.start(
            gateways: 2,
            settings: ["RATE_LIMIT_REACTIONS_PER_MINUTE": "3", "RATE_LIMIT_MESSAGES_PER_MINUTE": "1"])
        let clients = [try await harness.member("viper-1"), try await harness.member("viper-1", gateway: 1)]
        func change(_ event: String, _ client: Int, id: String = "") async throws -> JSONValue {
            let again = id.isEmpty ? "" : #","client_id":"\#(id)""#
            clients[client].send(
                #"{"id":4,"event":"\#(event)","data":{"message_id":"squad_alpha.e.1","emoji":"👍"\#(again)}}"#)
            return try JSONValue(parsing: try await clients[client].nextText(containing: #"{"id":4"#).utf8)
        }
        for _ in 1...3 {
            #expect(try await change("add_reaction", 0, id: "same")["error"]?["code"]?.string != "rate_limited")
        }
        for event in ["remove_reaction", "add_reaction"] {
            #expect(try await change(event, 1)["error"]?["code"]?.string != "rate_limited")
        }
        for client in 0...1 {
            let error = try #require(try await change("add_reaction", client)["error"])
            #expect(error["code"]?.string == "rate_limited" && error["limit"]?.integer == 3)
            #expect(error["message"]?.string == "At most 3 reactions a minute.")
            #expect((1...60).contains(error["retry_after"]?.integer ?? 0))
        }
        // Messages are counted by themselves.
        clients[0].send(Self.message)
        #expect(try await clients[0].nextText(containing: #"{"id":4"#).contains(#""ok""#))
        await harness.stop()
    }

    @Test("who sends much too much is told so a hundred times, and stays connected")
    func politeFlood() async throws {
        let harness = try await Harness.start(settings: ["RATE_LIMIT_MESSAGES_PER_MINUTE": "1"])
        let client = try await harness.member("viper-1")
        for _ in 1...101 { client.send(Self.message) }
        for _ in 1...100 { _ = try await client.nextText(containing: "rate_limited") }
        try await client.answersPing()
        await harness.stop()
    }

    @Test("payloads that wait for chat are bounded in bytes: what is above it is busy at once")
    func waitingBytes() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let redis = RedisClient(
            try RedisConfiguration(url: "redis://127.0.0.1:1"),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let chat = ChatClient(gateway: "g", redis: redis, eventLoop: loop, partitions: 16, bound: 100_000) { true }
        let refused = NIOLockedValueBox<[Refusal]>([])
        let data = ByteBuffer(repeating: 120, count: 1 << 20)
        try await loop.submit {
            for _ in 0..<40 {
                chat.ask(.sendMessage, room: "squad_alpha", user: "viper-1", data: data) { outcome in
                    if case .failed(let refusal) = outcome { refused.withLockedValue { $0.append(refusal) } }
                }
            }
        }.get()
        #expect(refused.withLockedValue { $0.map(\.code) } == Array(repeating: .busy, count: 8))
        #expect(try await loop.submit { chat.waiting }.get() == 32)
    }

    @Test("a message sent again under its id is counted once")
    func repeatedID() async throws {
        let harness = try await Harness.start(settings: ["RATE_LIMIT_MESSAGES_PER_MINUTE": "2"])
        let client = try await harness.member("viper-1")
        for _ in 1...5 {
            client.send(
                #"{"id":4,"event":"send_message","data":{"room_id":"squad_alpha","content":"m","client_id":"same"}}"#)
            #expect(try await client.nextText(containing: #"{"id":4"#).contains(#""ok""#))
        }
        await harness.stop()
    }

    @Test("above the cap the oldest socket is closed with 4408, on whichever gateway it is")
    func connectionCap() async throws {
        let harness = try await Harness.start(gateways: 2, settings: ["MAX_CONNECTIONS_PER_USER": "2"])
        let first = try await harness.connect("viper-1")
        let second = try await harness.connect("viper-1", gateway: 1)
        let third = try await harness.connect("viper-1", gateway: 1)
        #expect(try await first.closeCode() == 4408)
        for client in [second, third] {
            try await client.answersPing()
        }
        await harness.stop()
    }

    @Test("the oldest socket is closed although its gateway did not hear that it must")
    func connectionCapUnheard() async throws {
        let harness = try await Harness.start(gateways: 2, settings: ["MAX_CONNECTIONS_PER_USER": "1"])
        let first = try await harness.connect("viper-1")
        let loop = harness.loops[0]
        await eventually { try await loop.eventLoop.submit { loop.inbox.isPlaced("viper-1") }.get() }
        // While the first gateway's channels are down, and cannot be restored, the second registers another socket.
        try harness.forbidSubscriptions()
        _ = try harness.server.command("CLIENT", "KILL", "TYPE", "pubsub")
        await eventually { try await loop.eventLoop.submit { !loop.isReady }.get() }
        let cookie = try await harness.cookie("viper-1", gateway: 1)
        let second = try await WebSocketTestClient.connect(port: harness.ports[1], headers: [("Cookie", cookie)])
        await eventually {
            try harness.server.command("XLEN", RedisNames.inbox(user: "viper-1")) == ":1\r\n"
        }
        try harness.allowSubscriptions()
        #expect(try await first.closeCode() == 4408)
        try await second.answersPing()
        await harness.stop()
    }

    @Test("sockets of a dead gateway do not count; those of one that only came back later do")
    func deadGateways() async throws {
        let harness = try await Harness.start(settings: ["MAX_CONNECTIONS_PER_USER": "2"])
        let sockets = RedisNames.sockets(user: "viper-1")
        // After a reconnect it is not known who lives: nobody's sockets are forgotten, however old.
        _ = try harness.server.command("HSET", sockets, "elsewhere/1", "1000")
        let first = try await harness.connect("viper-1")
        #expect(try harness.server.command("HGET", sockets, "elsewhere/1").contains("1000"))
        // Once every gateway has had time to beat, one that has not is dead.
        let loop = harness.loops[0]
        await eventually(within: .seconds(20)) {
            try await loop.eventLoop.submit { loop.registry.knowsWhoLives }.get()
        }
        let second = try await harness.connect("viper-1")
        await eventually { try harness.server.command("HEXISTS", sockets, "elsewhere/1") == ":0\r\n" }
        for client in [first, second] {
            try await client.answersPing()
        }
        await harness.stop()
    }

    @Test("a reader that stops is closed; the others get everything at once")
    func slowReader() async throws {
        let harness = try await Harness.start(settings: ["OUTBOUND_LIMIT_BYTES": "65536"])
        let slow = try await harness.member("nomad-7", receiveBufferInBytes: 4_096)
        let fast = try await harness.member("viper-1")
        try await slow.stopReading()
        let text = String(repeating: "z", count: 20_000)
        let loop = harness.loops[0]
        var sequence = 0
        while try await loop.eventLoop.submit({ loop.sessions.all.allSatisfy { $0.link.isOpen } }).get(),
            sequence < 2_000
        {
            sequence = try await harness.chat.post(text, room: "squad_alpha")
            #expect(try await fast.nextSequence() == sequence)
        }
        try await slow.startReading()
        #expect(try await slow.closeCode() == 1013)
        await harness.stop()
    }
}
