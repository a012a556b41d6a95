import Database
import Foundation
import TestSupport
import Testing

/// Makes a database in a folder of its own.
func withDatabase(
    synchronous: SQLDatabase.Synchronous = .normal, _ body: (SQLDatabase, _ url: String) async throws -> Void
) async throws {
    let folder = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let url = "sqlite:\(folder)/data/test.sqlite"
    let database = try SQLDatabase(url: url, synchronous: synchronous)
    try await body(database, url)
    try database.close()
}

let people = Migration("001-people", "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)")

struct SQLDatabaseTests {
    @Test("what was written is there after reopening")
    func reopen() async throws {
        try await withDatabase { database, url in
            try await database.migrate([people])
            try await database.write { try $0.execute("INSERT INTO people (name) VALUES (?)", ["viper"]) }
            try database.close()
            let again = try SQLDatabase(url: url)
            let names = try await again.read { try $0.query("SELECT name FROM people").map { try $0.string("name") } }
            #expect(names == ["viper"])
            try again.close()
        }
    }

    @Test("a transaction that throws has done nothing")
    func rollback() async throws {
        struct Stop: Error {}
        try await withDatabase { database, _ in
            try await database.migrate([people])
            await #expect(throws: Stop.self) {
                try await database.write { transaction in
                    try transaction.execute("INSERT INTO people (name) VALUES ('viper')")
                    throw Stop()
                }
            }
            await #expect(throws: SQLError.self) {
                try await database.write { transaction in
                    try transaction.execute("INSERT INTO people (name) VALUES ('ghost')")
                    try transaction.execute("INSERT INTO nowhere VALUES (1)")
                }
            }
            let count = try await database.read { try $0.first("SELECT count(*) AS n FROM people")?.int("n") }
            #expect(count == 0)
        }
    }

    @Test(
        "WAL, foreign keys and the wanted durability are on, and the writer has room",
        arguments: [(SQLDatabase.Synchronous.full, 2), (.normal, 1)])
    func pragmas(synchronous: SQLDatabase.Synchronous, number: Int) async throws {
        try await withDatabase(synchronous: synchronous) { database, _ in
            try await database.write { (transaction) throws in
                #expect(try transaction.first("PRAGMA journal_mode")?.string("journal_mode") == "wal")
                #expect(try transaction.first("PRAGMA foreign_keys")?.int("foreign_keys") == 1)
                #expect(try transaction.first("PRAGMA synchronous")?.int("synchronous") == number)
                #expect(try transaction.first("PRAGMA cache_size")?.int("cache_size") == -16_384)
                #expect(try transaction.first("PRAGMA wal_autocheckpoint")?.int("wal_autocheckpoint") == 4_000)
            }
        }
    }

    @Test("a broken constraint is told by its kind")
    func constraints() async throws {
        try await withDatabase { database, _ in
            try await database.migrate([
                people, Migration("002-pets", "CREATE TABLE pets (owner INTEGER NOT NULL REFERENCES people (id))"),
            ])
            try await database.write { try $0.execute("INSERT INTO people (name) VALUES ('viper')") }
            let twice = await #expect(throws: SQLError.self) {
                try await database.write { try $0.execute("INSERT INTO people (name) VALUES ('viper')") }
            }
            guard case .notUnique = twice else { return #expect(Bool(false), "\(String(describing: twice))") }
            let orphan = await #expect(throws: SQLError.self) {
                try await database.write { try $0.execute("INSERT INTO pets VALUES (99)") }
            }
            guard case .constraintFailed = orphan else { return #expect(Bool(false), "\(String(describing: orphan))") }
        }
    }

    @Test("readers see one state each, while a writer goes on")
    func concurrentReaders() async throws {
        try await withDatabase { database, _ in
            try await database.migrate([
                Migration("1", "CREATE TABLE pair (a INTEGER, b INTEGER); INSERT INTO pair VALUES (0, 0)")
            ])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 1...200 {
                        try await database.write { transaction in
                            try transaction.execute("UPDATE pair SET a = ?", [.int(number)])
                            try transaction.execute("UPDATE pair SET b = ?", [.int(number)])
                        }
                    }
                }
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<200 {
                            let (a, b) = try await database.read { transaction in
                                let a = try transaction.first("SELECT a FROM pair")?.int("a")
                                let b = try transaction.first("SELECT b FROM pair")?.int("b")
                                return (a, b)
                            }
                            #expect(a == b)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("two openings of one file write in turns and lose nothing")
    func twoWriters() async throws {
        try await withDatabase { first, url in
            let second = try SQLDatabase(url: url, synchronous: .normal)
            try await first.migrate([Migration("1", "CREATE TABLE tally (n INTEGER); INSERT INTO tally VALUES (0)")])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for database in [first, second] {
                    group.addTask {
                        for _ in 0..<100 {
                            // Reads before it writes: without an immediate transaction this would be refused.
                            try await database.write { transaction in
                                let n = try transaction.first("SELECT n FROM tally")?.int("n") ?? 0
                                try transaction.execute("UPDATE tally SET n = ?", [.int(n + 1)])
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await second.read { try $0.first("SELECT n FROM tally")?.int("n") } == 200)
            try second.close()
        }
    }

    @Test("many that open one new file at the same moment all get it")
    func openedAtOnce() async throws {
        for _ in 0..<20 {
            let folder = try temporaryDirectory()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let opened = try await withThrowingTaskGroup(of: SQLDatabase.self) { group in
                for _ in 0..<8 {
                    group.addTask { try SQLDatabase(url: "sqlite:\(folder)/new.sqlite", synchronous: .normal) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for database in opened { try database.close() }
        }
    }

    @Test("a writer that waits too long hears that the database is busy")
    func busy() async throws {
        try await withDatabase { holder, url in
            try await holder.migrate([people])
            let waiting = try SQLDatabase(url: url, synchronous: .normal, busyTimeout: .milliseconds(20))
            try await holder.write { transaction in
                try transaction.execute("INSERT INTO people (name) VALUES ('viper')")
                let refused = DispatchSemaphore(value: 0)
                Task {
                    await #expect(throws: SQLError.busy) {
                        try await waiting.write { try $0.execute("INSERT INTO people (name) VALUES ('ghost')") }
                    }
                    refused.signal()
                }
                #expect(refused.wait(timeout: .now() + 10) == .success)
            }
            try waiting.close()
        }
    }

    @Test("a read cannot write")
    func readOnly() async throws {
        try await withDatabase { database, _ in
            try await database.migrate([people])
            await #expect(throws: SQLError.self) {
                try await database.read { try $0.execute("INSERT INTO people (name) VALUES ('viper')") }
            }
        }
    }

    @Test(
        "other URLs are refused",
        arguments: ["", "test.db", "postgres://x/y", "sqlite:", "sqlite::memory:", "sqlite://"])
    func urls(url: String) {
        #expect(throws: SQLError.invalidURL(url)) { try SQLDatabase(url: url) }
    }

    @Test("a file that is no database is told with its path")
    func noDatabase() throws {
        let folder = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(repeating: 7, count: 4_096).write(to: URL(filePath: folder + "/x"))
        let error = #expect(throws: SQLError.self) { try SQLDatabase(url: "sqlite:\(folder)/x") }
        guard case .cannotOpen(let path, _) = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(path == folder + "/x")
    }
}
