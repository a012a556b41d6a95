import Domain
import JSON
import NIOConcurrencyHelpers
import NIOCore
import Redis
import TestSupport
import Testing
import WireContract
import WorkQueue

@testable import ChatService

/// What a gateway does: adds commands, hears replies and publications.
final class TestGateway: Sendable {
    let name: String
    let redis: RedisClient
    let partitions: Int
    private let subscriber: RedisSubscriber
    private let ear = Ear()
    private let counter = NIOLockedValueBox(0)
    private let tasks: [Task<Void, any Error>]

    /// Ready to hear when this returns.
    init(_ url: String, name: String = "gw1", rooms: [String] = [], partitions: Int = 1) async throws {
        self.name = name
        self.partitions = partitions
        let redis = RedisClient(try RedisConfiguration(url: url), logger: ChatProcess.quiet)
        let subscriber = RedisSubscriber(
            try RedisConfiguration(url: url), logger: ChatProcess.quiet, eventLoop: redis.eventLoop, delegate: self.ear)
        self.redis = redis
        self.subscriber = subscriber
        self.tasks = [Task { try await redis.run() }, Task { try await subscriber.run() }]
        try await self.subscriber.subscribe(.plain(RedisNames.gateway(name))).get()
        for room in rooms { try await self.listen(to: room) }
    }

    deinit { for task in self.tasks { task.cancel() } }

    /// Returns when replies can be heard, also after the server was away.
    func hear() async throws {
        let channel = "hear-\(self.name)"
        try await self.subscriber.subscribe(.plain(channel)).get()
        self.subscriber.unsubscribe(.plain(channel))
    }

    func listen(to room: String) async throws {
        let channel = RedisNames.live(room: room, partition: self.partition(of: room))
        try await self.subscriber.subscribe(.sharded(channel)).get()
    }

    func partition(of room: String) -> Int { PartitionMap.partition(of: room, of: self.partitions) }

    /// Everything published so far, in order.
    var events: [Publication] { self.ear.events.withLockedValue { $0 } }
    var replies: [ChatReply] { self.ear.replies.withLockedValue { $0 } }
    /// How many publications brought them.
    var payloads: Int { self.ear.payloads.withLockedValue { $0 } }

    func command(
        _ kind: ChatCommand.Kind, _ room: String, user: String, _ data: String = "{}", id: String? = nil,
        socket: String? = nil
    ) -> ChatCommand {
        let number = self.counter.withLockedValue { counter in
            counter += 1
            return counter
        }
        return ChatCommand(
            kind: kind, id: id ?? "\(self.name)-\(number)", room: room, user: user, gateway: self.name, socket: socket,
            correlation: "r\(number)", producedAt: 1, data: Array(data.utf8))
    }

    /// Adds a command without waiting for its answer.
    func add(_ command: ChatCommand) async throws {
        try await self.redis.xadd(
            RedisNames.commands(self.partition(of: command.room)),
            fields: command.fields.map { ($0.name, RedisArgument($0.value)) })
    }

    /// The same on a server that takes nothing that needs memory.
    func addAtMemoryLimit(_ command: ChatCommand) async throws {
        let fields = command.fields.flatMap { [RedisArgument($0.name), RedisArgument($0.value)] }
        let call = StreamWriter.call(
            appending: [fields], to: RedisNames.commands(self.partition(of: command.room)), bound: 1_000,
            atMemoryLimit: true)
        let answers = try await self.redis.evaluate([call])
        #expect(try answers[0].get().int == 1)
    }

    /// The answer to a command.
    func answer(
        to command: ChatCommand, within limit: Duration = .seconds(10),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> ChatReply {
        let correlation = command.correlation
        await eventually(within: limit, every: .milliseconds(2), sourceLocation: sourceLocation) {
            self.replies.contains { $0.correlation == correlation }
        }
        return try #require(
            self.replies.last { $0.correlation == correlation }, sourceLocation: sourceLocation)
    }

    /// Adds a command and waits for its answer.
    func ask(
        _ kind: ChatCommand.Kind, _ room: String, user: String, _ data: String = "{}", id: String? = nil,
        socket: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> ChatReply {
        let command = self.command(kind, room, user: user, data, id: id, socket: socket)
        try await self.add(command)
        return try await self.answer(to: command, sourceLocation: sourceLocation)
    }

    /// The answer to a command line by line, for pairs whose flags are of replies alone.
    func askForLines(
        _ kind: ChatCommand.Kind, _ room: String, user: String, _ data: String
    ) async throws -> (lines: [String], headers: [String]) {
        let command = self.command(kind, room, user: user, data)
        try await self.add(command)
        let start = "\(command.correlation ?? "") "
        await eventually { self.ear.texts.withLockedValue { $0.contains { $0.hasPrefix(start) } } }
        let text = self.ear.texts.withLockedValue { $0.last { $0.hasPrefix(start) } } ?? ""
        let lines = text.split(separator: "\n").map(String.init)
        return (lines, lines.indices.filter { $0 >= 2 && $0 % 2 == 0 }.map { lines[$0] })
    }

    func join(_ user: String, _ room: String = "squad_alpha", socket: String = "s1") async throws -> ChatReply {
        try await self.ask(.joinSquadRoom, room, user: user, #"{"squad_id":"alpha"}"#, socket: socket)
    }

    func say(
        _ text: String, _ user: String = "viper-1", _ room: String = "squad_alpha", id: String? = nil
    ) async throws -> ChatReply {
        try await self.ask(.sendMessage, room, user: user, #"{"room_id":"\#(room)","content":"\#(text)"}"#, id: id)
    }

    private final class Ear: RedisSubscriberDelegate {
        let replies = NIOLockedValueBox<[ChatReply]>([])
        let events = NIOLockedValueBox<[Publication]>([])
        let texts = NIOLockedValueBox<[String]>([])
        let payloads = NIOLockedValueBox(0)

        func subscriber(
            _ subscriber: RedisSubscriber, received payload: ByteBuffer, on channel: String, sharded: Bool
        ) {
            self.payloads.withLockedValue { $0 += 1 }
            let text = String(buffer: payload)
            if sharded {
                let event = Publication(decoding: Array(text.utf8))
                if let event { self.events.withLockedValue { $0.append(event) } }
                return
            }
            for text in text.components(separatedBy: "\n\n") {
                self.texts.withLockedValue { $0.append(text) }
                if let reply = ChatReply(decoding: Array(text.utf8)) {
                    self.replies.withLockedValue { $0.append(reply) }
                }
            }
        }
        func subscriberReadComplete(_ subscriber: RedisSubscriber) {}
        func subscriberConnected(_ subscriber: RedisSubscriber, runID: String, isReconnect: Bool) {}
        func subscriberDisconnected(_ subscriber: RedisSubscriber) {}
        func subscriber(_ subscriber: RedisSubscriber, lost channel: RedisSubscriber.Channel) {}
        func subscriber(_ subscriber: RedisSubscriber, restored channel: RedisSubscriber.Channel) {}
    }
}

extension ChatReply {
    var json: JSONValue? { try? JSONValue(parsing: self.answer) }
    /// The refusal's code; nil when there is none.
    var code: String? { self.succeeded ? nil : self.json?["code"]?.string }
}

extension Publication {
    var value: JSONValue? { try? JSONValue(parsing: self.json) }
    /// The texts of a page of messages.
    var contents: [String] {
        ((try? self.value?["messages"]?.elements()) ?? []).compactMap { $0["content"]?.string }
    }
}
