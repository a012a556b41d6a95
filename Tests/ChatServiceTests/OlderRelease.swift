import Database
import Foundation
import Redis
import TestSupport

@testable import ChatService

/// What commit 225f5c6 left on disk and in Redis: `Tests/Fixtures/data-225f5c6`.
struct OlderRelease {
    static let rooms = ["squad_alpha", "squad_bravo"]
    static let epoch = "1a5240440b65"
    static let highest = ["squad_alpha": 50, "squad_bravo": 6]
    /// A copy of its own, to work on.
    let folder: String

    private static let fixture = Fixture.url("data-225f5c6")

    init() async throws {
        self.folder = try temporaryDirectory()
        try FileManager.default.copyItem(
            atPath: Self.fixture.appending(path: "archive").path, toPath: "\(self.folder)/archive")
        let database = try SQLDatabase(url: "sqlite:\(self.folder)/chat.sqlite", synchronous: .normal)
        let dump = try String(contentsOf: Self.fixture.appending(path: "chat.sql"), encoding: .utf8)
        try await database.write { sql in
            for statement in Self.statements(dump) { try sql.execute(statement) }
        }
        try database.close()
    }

    /// The statements of a dump, without those that would end the transaction.
    private static func statements(_ dump: String) -> [String] {
        var statements: [String] = []
        var open = ""
        for part in dump.components(separatedBy: ";\n") {
            open += open.isEmpty ? part : ";\n" + part
            // Inside a text a quote is two: an odd number means that the text goes on.
            guard open.filter({ $0 == "'" }).count.isMultiple(of: 2) else { continue }
            let isTheirs = ["PRAGMA", "BEGIN", "COMMIT"].contains { open.hasPrefix($0) }
            if !isTheirs, !open.allSatisfy(\.isWhitespace) { statements.append(open) }
            open = ""
        }
        return statements
    }

    /// The lines of a room's daily files, oldest first; of the fixture itself, or of the copy.
    func lines(of room: String, inFixture: Bool = false) throws -> [String] {
        let folder = (inFixture ? Self.fixture : URL(filePath: self.folder)).appending(path: "archive/\(room)")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().flatMap { name in
            try String(contentsOf: folder.appending(path: name), encoding: .utf8).split(separator: "\n").map(
                String.init)
        }
    }

    /// Puts its keys into a Redis and the archive beside it, as if that server had been its Redis all the time.
    func putBack(into redis: RedisClient) async throws {
        let runID = try await redis.connection(for: ChatKeys(partition: 0).state).runID
        let lines = try String(contentsOf: Self.fixture.appending(path: "redis.keys"), encoding: .utf8)
        for line in lines.split(separator: "\n") {
            guard let space = line.lastIndex(of: " "),
                let value = Data(base64Encoded: String(line[line.index(after: space)...]))
            else { continue }
            _ = try await redis.send(
                RedisCommand("RESTORE", RedisArgument(String(line[..<space])), 0, RedisArgument(Array(value))))
        }
        for partition in 0..<2 {
            _ = try await redis.send(
                RedisCommand("HSET", RedisArgument(ChatKeys(partition: partition).state), "run", RedisArgument(runID)))
        }
        let database = try SQLDatabase(url: "sqlite:\(self.folder)/chat.sqlite", synchronous: .normal)
        try await database.write { sql in try sql.execute("UPDATE partitions SET run = ?", [.string(runID)]) }
        try database.close()
    }
}
