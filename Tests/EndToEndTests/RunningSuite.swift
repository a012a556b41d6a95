import Foundation
import Redis
import TestSupport

/// The whole suite as its operator runs it: a real Redis and the four executables as processes, on free ports, with all
/// data in a directory of its own.
final class RunningSuite: @unchecked Sendable {
    let redis: RedisServer
    let directory: URL
    private(set) var gateways: [ServiceProcess] = []
    private(set) var chats: [ServiceProcess] = []
    private(set) var notifiers: [ServiceProcess] = []
    private(set) var integrations: [ServiceProcess] = []
    private var gatewayPorts: [Int] = []

    /// - Parameter settings: Environment of every process, over the demo's.
    private init(redis: RedisServer, settings: [String: String], gateways: Int, chats: Int) throws {
        self.redis = redis
        self.directory = URL(fileURLWithPath: try temporaryDirectory())
        var environment = [
            "REDIS_URL": redis.url, "DATA_DIR": self.directory.path, "DEMO_MODE": "1",
            "CHAT_SECRET_KEY": "an end-to-end test's key of enough bytes", "WEB_ROOT": Self.webRoot.path,
            "RATE_LIMIT_MESSAGES_PER_MINUTE": "0", "RATE_LIMIT_REACTIONS_PER_MINUTE": "0", "LOG_LEVEL": "info",
            "PATH": "/usr/bin:/bin",
        ]
        environment.merge(settings) { $1 }
        func process(_ name: String, _ instance: Int, _ more: [String: String] = [:]) throws -> ServiceProcess {
            ServiceProcess(
                name, instance: instance, healthPort: try freePort(), environment: environment.merging(more) { $1 },
                directory: self.directory)
        }
        self.integrations = [try process("integration", 1)]
        self.chats = try (1...chats).map { try process("chat", $0) }
        self.notifiers = [try process("notifier", 1)]
        for instance in 1...gateways {
            let port = try freePort()
            self.gatewayPorts.append(port)
            self.gateways.append(try process("gateway", instance, ["PORT": String(port)]))
        }
    }

    private static let webRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Services/gateway/Web")

    /// Starts everything and waits until every process says that it is ready.
    static func start(
        settings: [String: String] = [:], gateways: Int = 1, chats: Int = 1, redisArguments: [String] = []
    ) async throws -> RunningSuite {
        let redis = try await RedisServer.start(arguments: redisArguments, appendOnly: true)
        let suite = try RunningSuite(redis: redis, settings: settings, gateways: gateways, chats: chats)
        do {
            for process in suite.processes { try process.start() }
            for process in suite.processes { try await process.waitUntilReady() }
        } catch {
            suite.stop()
            throw error
        }
        return suite
    }

    var processes: [ServiceProcess] { self.integrations + self.chats + self.notifiers + self.gateways }

    func port(gateway index: Int = 0) -> Int { self.gatewayPorts[index] }

    func stop() {
        for process in self.processes { process.kill() }
        self.redis.stop()
        try? FileManager.default.removeItem(at: self.directory)
    }

    /// Runs `body` with a running suite, and shows every process' last words when it throws.
    static func with(
        settings: [String: String] = [:], gateways: Int = 1, chats: Int = 1,
        _ body: (RunningSuite) async throws -> Void
    ) async throws {
        let suite = try await self.start(settings: settings, gateways: gateways, chats: chats)
        defer { suite.stop() }
        do {
            try await body(suite)
        } catch {
            for process in suite.processes { print("--- \(process.name)\n\(process.log)") }
            throw error
        }
    }

    /// Signs in as a user of the demo directory and returns the session's cookie.
    func signIn(_ user: String, gateway: Int = 0) async throws -> String {
        let answer = try await HTTPTestClient.post(
            port: self.port(gateway: gateway), path: "/api/chat/join", json: "{\"user_id\":\"\(user)\"}")
        guard answer.status == 200, let cookie = answer.headers["set-cookie"]?.split(separator: ";").first else {
            throw SignInFailed(answer: "\(answer.status) \(answer.text)")
        }
        return String(cookie)
    }

    struct SignInFailed: Error { let answer: String }

    /// An open `/ws` of a signed-in user.
    func socket(_ user: String, gateway: Int = 0) async throws -> WebSocketTestClient {
        let cookie = try await self.signIn(user, gateway: gateway)
        return try await WebSocketTestClient.connect(port: self.port(gateway: gateway), headers: [("Cookie", cookie)])
    }

    /// An open `/ws` that has joined the room of a squad; the history is consumed.
    func member(_ user: String, of squad: String) async throws -> WebSocketTestClient {
        let socket = try await self.socket(user)
        socket.send("{\"id\":1,\"event\":\"join_squad_room\",\"data\":{\"squad_id\":\"\(squad)\"}}")
        _ = try await socket.nextText(containing: "\"room_history\"")
        return socket
    }
}
