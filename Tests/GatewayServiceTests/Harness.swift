import Directory
import Domain
import JSON
import Logging
import NIOCore
import Redis
import ServiceLifecycle
import ServiceRuntime
import TestSupport
import Testing

@testable import GatewayService

/// Gateways as they run, a real Redis, and a stand-in for chat.
final class Harness: Sendable {
    let server: RedisServer
    let redis: RedisClient
    let chat: FakeChat
    let ports: [Int]
    let loops: [GatewayLoop]
    let directories: [DirectoryReplica]
    private let groups: [ServiceGroup]
    private let tasks: [Task<Void, any Error>]

    static func start(
        gateways count: Int = 1, settings: [String: String] = [:], quiet: Bool = true, appendOnly: Bool = false
    ) async throws -> Harness {
        let server = try await RedisServer.start(appendOnly: appendOnly)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let redis = RedisClient(try RedisConfiguration(url: server.url), logger: logger)
        let chat = FakeChat(redis: redis)
        var tasks = [Task { try await redis.run() }, Task { try await chat.run() }]
        try await DirectoryWriter(redis: redis).put(try Self.users())
        var (ports, groups, loops): ([Int], [ServiceGroup], [GatewayLoop]) = ([], [], [])
        var directories: [DirectoryReplica] = []
        for _ in 0..<count {
            var environment = [
                "REDIS_URL": server.url, "PORT": "0", "DEMO_MODE": "1", "RATE_LIMIT_MESSAGES_PER_MINUTE": "0",
                "RATE_LIMIT_REACTIONS_PER_MINUTE": "0",
                "CHAT_SECRET_KEY": "a key of at least thirty-two bytes", "EVENT_LOOPS": "1",
            ]
            environment.merge(settings) { $1 }
            var reader = try SettingsReader(environment: environment)
            let assembly = try await GatewayAssembly(try GatewayConfiguration(&reader), logger: logger)
            let group = ServiceGroup(configuration: .init(services: assembly.services, logger: logger))
            tasks.append(Task { try await group.run() })
            groups.append(group)
            await eventually { assembly.server.port != nil }
            ports.append(assembly.server.port ?? 0)
            loops += assembly.loops
            directories += assembly.services.compactMap { $0 as? DirectoryReplica }
        }
        let harness = Harness(
            server: server, redis: redis, chat: chat, ports: ports, loops: loops, directories: directories,
            groups: groups, tasks: tasks)
        for port in ports {
            await eventually {
                try await harness.post("/api/chat/join", #"{"user_id":"owl-3"}"#, port).contains(" 200 ")
            }
        }
        return harness
    }

    private init(
        server: RedisServer, redis: RedisClient, chat: FakeChat, ports: [Int], loops: [GatewayLoop],
        directories: [DirectoryReplica], groups: [ServiceGroup], tasks: [Task<Void, any Error>]
    ) {
        self.server = server
        self.redis = redis
        self.chat = chat
        self.ports = ports
        self.loops = loops
        self.directories = directories
        self.groups = groups
        self.tasks = tasks
    }

    private static func users() throws -> [DirectoryUser] {
        try People.all.map { person in
            try DirectoryUser(
                userID: UserID(person.userID), username: person.userID, callsign: person.userID,
                squadID: SquadID(person.squadID), role: Role(rawValue: person.role) ?? .observer, rank: "", version: 1)
        }
    }

    func stop() async {
        for group in self.groups { await group.triggerGracefulShutdown() }
        for task in self.tasks.dropFirst(2) { _ = try? await task.value }
        for task in self.tasks { task.cancel() }
        self.server.stop()
    }

    /// Ends a user's account in the directory.
    func retire(_ user: String) async throws {
        let entry = try DirectoryUser(
            userID: UserID(user), username: user, callsign: user, squadID: SquadID("alpha"), role: .recruit, rank: "",
            version: 2, isActive: false)
        try await DirectoryWriter(redis: self.redis).put([entry])
    }

    /// Redis refuses every subscription from now on; those that stand stay.
    func forbidSubscriptions() throws {
        _ = try self.server.command("ACL", "SETUSER", "default", "-subscribe", "-ssubscribe")
    }

    func allowSubscriptions() throws {
        _ = try self.server.command("ACL", "SETUSER", "default", "+subscribe", "+ssubscribe")
    }

    /// Ends one gateway as SIGTERM does.
    func stopGateway(_ index: Int) async {
        await self.groups[index].triggerGracefulShutdown()
        _ = try? await self.tasks[2 + index].value
    }

    // MARK: Clients

    func post(_ path: String, _ body: String, _ port: Int? = nil, fields: [String: String] = [:]) async throws -> String
    {
        try await RawHTTP.request("POST", path, port: port ?? self.ports[0], fields: fields, body: body)
    }

    func cookie(_ user: String, gateway: Int = 0) async throws -> String {
        let answer = try await self.post("/api/chat/join", "{\"user_id\":\"\(user)\"}", self.ports[gateway])
        let start = try #require(answer.firstRange(of: "sc_session="))
        return String(answer[start.lowerBound...].prefix { $0 != ";" })
    }

    /// Signed in, connected and greeted.
    func connect(
        _ user: String, gateway: Int = 0, cookie: String? = nil, receiveBufferInBytes: Int? = nil
    ) async throws -> WebSocketTestClient {
        var credentials = cookie ?? ""
        if cookie == nil { credentials = try await self.cookie(user, gateway: gateway) }
        let client = try await WebSocketTestClient.connect(
            port: self.ports[gateway], headers: [("Cookie", credentials)], receiveBufferInBytes: receiveBufferInBytes)
        client.send(#"{"id":0,"event":"hello"}"#)
        _ = try await client.nextText(containing: "connection_confirmed", user)
        _ = try await client.nextText(containing: #"{"id":0,"ok":{}}"#)
        return client
    }

    /// Connected and in the room of squad alpha; the history is consumed.
    func member(
        _ user: String, gateway: Int = 0, receiveBufferInBytes: Int? = nil
    ) async throws -> WebSocketTestClient {
        let client = try await self.connect(user, gateway: gateway, receiveBufferInBytes: receiveBufferInBytes)
        client.send(#"{"id":1,"event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
        _ = try await client.nextText(containing: #""event":"room_history""#)
        return client
    }
}

extension WebSocketTestClient {
    /// Waits for the answer to a ping: the connection is open, and everything sent before has been handled.
    func answersPing() async throws {
        self.send(#"{"id":99,"event":"ping"}"#)
        _ = try await self.nextText(containing: #"{"id":99,"ok""#)
    }

    /// The `seq` of the next push of a kind.
    func nextSequence(_ event: String = "new_message") async throws -> Int {
        let text = try await self.nextText(containing: "\"event\":\"\(event)\"")
        let value = try JSONValue(parsing: text.utf8)
        return try #require(value["seq"]?.integer)
    }
}

extension WebSocketTestClient.Event {
    /// Whether this is a text that contains `part`.
    func says(_ part: String) -> Bool {
        if case .text(let text) = self { text.contains(part) } else { false }
    }
}
