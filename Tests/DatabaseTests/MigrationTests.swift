import Database
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
