import Database
import Dispatch
import Testing

struct MigrationTests {
    let second = Migration("002-rank", "ALTER TABLE people ADD COLUMN rank TEXT; CREATE INDEX ranks ON people (rank)")

    @Test("each step is applied once, in order, whatever the release")
    func once() async throws {
        try await withDatabase { database, url in
            #expect(try await database.migrate([people]) == ["001-people"])
            #expect(try await database.migrate([people]) == [])
            #expect(try await database.migrate([people, self.second]) == ["002-rank"])
            let other = try SQLDatabase(url: url)
            #expect(try await other.migrate([people, self.second]) == [])
            try other.close()
        }
    }

    @Test("two processes may migrate at once: each step is applied by one of them")
    func together() async throws {
        try await withDatabase { first, url in
            let second = try SQLDatabase(url: url)
            async let left = first.migrate([people, self.second])
            async let right = second.migrate([people, self.second])
            #expect(try await Set([left, right]) == [[], ["001-people", "002-rank"]])
            try second.close()
        }
    }

    @Test("a process that finds another at it waits, longer than for a writer, and says so")
    func longStep() async throws {
        try await withDatabase { first, url in
            let second = try SQLDatabase(url: url, busyTimeout: .milliseconds(20))
            let (waits, told) = AsyncStream<Void>.makeStream()
            let (isWriting, wrote) = AsyncStream<Void>.makeStream()
            let left = Task {
                try await first.write { sql in
                    try sql.execute("CREATE TABLE large (row TEXT)")
                    wrote.yield()
                    // Until the other has waited three times in vain.
                    let enough = DispatchSemaphore(value: 0)
                    Task {
                        for await _ in waits.prefix(3) {}
                        enough.signal()
                    }
                    enough.wait()
                }
            }
            for await _ in isWriting { break }
            let right = try await second.migrate([people]) { told.yield() }
            #expect(right == ["001-people"])
            try await left.value
            try second.close()
        }
    }

    @Test("a step that fails takes those before it back")
    func failure() async throws {
        try await withDatabase { database, _ in
            await #expect(throws: SQLError.self) {
                try await database.migrate([people, Migration("002-wrong", "CREATE TABLE a (b); NONSENSE")])
            }
            let tables = try await database.read { try $0.query("SELECT name FROM sqlite_master WHERE type = 'table'") }
            #expect(tables.isEmpty)
        }
    }

    @Test("a changed step and a newer file are refused")
    func changed() async throws {
        try await withDatabase { database, _ in
            try await database.migrate([people, self.second])
            await #expect(throws: SQLError.migrationChanged("002-rank")) {
                try await database.migrate([people, Migration("002-rank", "SELECT 1")])
            }
            let newer = SQLError.newerSchema(["002-rank"], known: people.id)
            await #expect(throws: newer) { try await database.migrate([people]) }
            // What an operator reads.
            #expect("\(newer)".hasPrefix("SCHEMA_NEWER: ") && !"\(newer)".contains("\n"))
            for part in ["002-rank", people.id, "deploy/README.md"] { #expect("\(newer)".contains(part)) }
        }
    }
}
