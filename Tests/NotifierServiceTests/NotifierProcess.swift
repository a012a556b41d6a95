import Directory
import Domain
import Foundation
import Logging
import Redis
import TestSupport
import WireContract

@testable import NotifierService
@testable import WorkQueue

/// The real executable against a real Redis with the demo squad in its directory.
final class NotifierProcess: Sendable {
    let server: RedisServer
    let directory: String
    private let environment: [String: String]

    /// - Parameter settings: Beside those that every test needs.
    init(_ settings: [String: String] = [:]) async throws {
        self.server = try await RedisServer.start()
        self.directory = try temporaryDirectory()
        var environment = [
            "REDIS_URL": self.server.url, "DATA_DIR": self.directory, "HEALTH_PORT": "0",
            "EMAIL_FROM": "hq@example.test",
            "DELIVERY_CLAIM_SECONDS": "1", "EMAIL_RETRY_BASE_SECONDS": "0.05", "EMAIL_RETRY_CAP_SECONDS": "0.5",
            "SMTP_TLS": "none", "LOG_LEVEL": "info", "DEMO_MODE": "1",
        ]
        environment.merge(settings) { $1 }
        self.environment = environment
        for user in try SampleRoster.demo().all {
            let json = String(decoding: DirectoryRecord.json(of: user), as: UTF8.self)
            try self.server.command("HSET", RedisNames.directoryUsers, user.userID.rawValue, json)
        }
        try self.server.command("SET", RedisNames.directoryVersion, "1")
    }

    deinit { try? FileManager.default.removeItem(atPath: self.directory) }

    /// Starts one; it is killed when the answer goes away.
    func start() throws -> ChildProcess {
        let beside = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "notifier")
        let built = Fixture.root.appending(path: ".build/debug/notifier")
        let program = FileManager.default.isExecutableFile(atPath: beside.path) ? beside : built
        return try ChildProcess(
            [program.path], environment: self.environment, output: "\(self.directory)/log")
    }

    /// Runs `body` with a client of the same Redis.
    func withRedis(_ body: (RedisClient) async throws -> Void) async throws {
        let redis = RedisClient(
            try RedisConfiguration(url: self.server.url),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await redis.run() }
            try await body(redis)
            group.cancelAll()
        }
    }

    var log: String { (try? String(contentsOfFile: "\(self.directory)/log", encoding: .utf8)) ?? "" }

    /// Adds an entry to the outbox as chat does.
    func happen(_ event: RoomEvent, partition: Int = 3) throws {
        try self.server.command(
            "XADD", RedisNames.events(partition), "*", "event", event.event, "room", event.room, "epoch", event.epoch,
            "seq", "\(event.sequence)", "user", event.user, "id", event.commandID, "digest", "d", "answer", "{}", "at",
            "\(event.producedAt)", "message", event.message ?? "", "flags", event.flag.text, "json",
            String(decoding: event.json, as: UTF8.self))
    }

    /// Now, in milliseconds since 1970.
    var now: Int { Int(Date().timeIntervalSince1970 * 1_000) }

    func inboxLength(_ user: String) throws -> Int {
        Int(
            try self.server.command("XLEN", RedisNames.inbox(user: user)).trimmingCharacters(
                in: .whitespacesAndNewlines
            )
            .dropFirst()) ?? -1
    }

    /// What the notifications in an inbox say: the texts that its entries name.
    func texts(inInboxOf user: String) throws -> [String] {
        let words = try self.server.command("XRANGE", RedisNames.inbox(user: user), "-", "+")
            .components(separatedBy: "\r\n")
        return try words.indices.filter { words[$0] == "notice" && $0 + 2 < words.count }.map { place in
            try self.server.command("GET", RedisNames.notice(words[place + 2]))
        }
    }

    /// What is stored of the job that delivers `event` to `user`; nil when there is nothing.
    func job(
        _ event: RoomEvent, user: String, method: DeliveryMethod = .email, kind: NotificationKind = .mention
    ) throws -> JobRecord? {
        let notice = Notice.identifier(
            room: event.room, epoch: event.epoch, sequence: event.sequence, kind: kind
        ).rawValue
        let queue = NotifierKeys.queue(method, slot: NotifierKeys.slot(of: try .init(user)))
        for (isEnded, key, field) in [(false, queue.jobs, "\(notice)/\(user)"), (true, queue.ended(notice), user)] {
            let lines = try self.server.command("HGET", key, field).components(separatedBy: "\r\n")
            guard lines.count > 1, lines[0] != "$-1" else { continue }
            return JobRecord(reading: Array(lines[1].utf8), isEnded: isEnded)
        }
        return nil
    }

    /// Puts somebody into the directory, before it is started.
    func know(_ user: DirectoryUser) throws {
        try self.server.command(
            "HSET", RedisNames.directoryUsers, user.userID.rawValue,
            String(decoding: DirectoryRecord.json(of: user), as: UTF8.self))
    }

    /// A page of that user is open somewhere.
    func bringOnline(_ user: String) throws {
        try self.server.command("ZADD", RedisNames.gateways, "\(self.now)", "g1")
        try self.server.command("HSET", RedisNames.sockets(user: user), "g1/s1", "\(self.now)")
    }
}
