import Foundation
import Logging
import Redis
import ServiceRuntime
import TestSupport
import Testing
import WireContract

@testable import ChatService

@Suite(.timeLimit(.minutes(2)))
struct ArchiveGuardTests {
    /// The executable lies beside the test bundle.
    private func chat(_ server: RedisServer, data: String, log: String) throws -> ChildProcess {
        let beside = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "chat")
        let isThere = FileManager.default.isExecutableFile(atPath: beside.path)
        let executable = isThere ? beside : Fixture.root.appending(path: ".build/debug/chat")
        return try ChildProcess(
            [executable.path],
            environment: [
                "REDIS_URL": server.url, "DATA_DIR": data, "HEALTH_PORT": "0",
                "DATABASE_URL": "sqlite:\(data)/chat.sqlite",
            ], output: log)
    }

    @Test("a chat process with another archive than the one its Redis names ends by itself, and says why")
    func otherArchive() async throws {
        let server = try await RedisServer.start()
        let folder = try temporaryDirectory()
        let first = try self.chat(server, data: "\(folder)/one", log: "\(folder)/one.log")
        await eventually(within: .seconds(20)) {
            try server.command("EXISTS", RedisNames.archive, RedisNames.partitions).hasPrefix(":2")
        }
        let second = try self.chat(server, data: "\(folder)/two", log: "\(folder)/two.log")
        await eventually(within: .seconds(20)) { !second.isRunning }
        #expect(second.poll() == 1)
        let log = try String(contentsOfFile: "\(folder)/two.log", encoding: .utf8)
        #expect(log.contains("this Redis belongs to the archive"))
        #expect(first.isRunning)
        #expect(await first.terminate() == 0)
    }

    @Test("the archive of the real assembly waits for the disk at every commit")
    func synchronous() async throws {
        let folder = try temporaryDirectory()
        var settings = try SettingsReader(environment: ["DATA_DIR": folder])
        let assembly = try await ChatAssembly(ChatConfiguration(&settings), logger: ChatProcess.quiet)
        // Of the writer's connection: it is the one that commits.
        let level = try await assembly.archive.database.write { sql in
            try sql.first("PRAGMA synchronous")?.int("synchronous")
        }
        #expect(level == 2)
    }
}
