import Database
import Testing

struct SQLRowTests {
    @Test("every kind of value goes in and out as it was")
    func values() async throws {
        try await withDatabase { database, _ in
            try await database.write { transaction in
                let row = try #require(
                    try transaction.first(
                        "SELECT ? AS i, ? AS d, ? AS s, ? AS b, ? AS n, ? AS yes, ? AS text",
                        [
                            .int64(.min), .double(0.1), .string("ä'\"--"), .data([0, 255]), nil, .bool(true),
                            .optional("x"),
                        ]))
                #expect(try row.int64("i") == .min)
                #expect(try row.double("d") == 0.1)
                #expect(try row.double("yes") == 1)
                #expect(try row.string("s") == "ä'\"--")
                #expect(try row.data("b") == [0, 255])
                #expect(try row.data("text") == Array("x".utf8))
                #expect(try row.bool("yes"))
                #expect(try row.optionalString("n") == nil)
                #expect(try row.optionalInt("n") == nil)
                #expect(try row.optionalDouble("n") == nil)
                #expect(try row.optionalData("n") == nil)
            }
        }
    }

    @Test("nothing is not NULL: an empty text and no bytes go in and out as they are")
    func empty() async throws {
        try await withDatabase { database, _ in
            try await database.read { transaction in
                let row = try #require(
                    try transaction.first(
                        "SELECT ? AS s, ? AS b, typeof(?) AS text, typeof(?) AS bytes", ["", .data([]), "", .data([])]))
                #expect(try row.string("s") == "")
                #expect(try row.data("b") == [])
                #expect(try row.string("text") == "text")
                #expect(try row.string("bytes") == "blob")
            }
        }
    }

    @Test("a statement run again takes the new values alone, also after one that failed or was left half way")
    func again() async throws {
        try await withDatabase { database, _ in
            try await database.migrate([people])
            try await database.write { transaction in
                let insert = "INSERT INTO people (name) VALUES (?)"
                try transaction.execute(insert, ["viper"])
                #expect(throws: SQLError.self) { try transaction.execute(insert, ["viper"]) }
                #expect(throws: SQLError.nulInText) { try transaction.execute(insert, ["a\0b"]) }
                try transaction.execute(insert, ["ghost"])
                let names = "SELECT name FROM people WHERE name != ? ORDER BY id"
                #expect(try transaction.first(names, ["raven"])?.string("name") == "viper")
                #expect(try transaction.query(names, ["viper"]).map { try $0.string("name") } == ["ghost"])
                #expect(throws: SQLError.self) { try transaction.query(names) }
            }
        }
    }

    @Test("text with a NUL is refused: it would be read back shorter")
    func nul() async throws {
        try await withDatabase { database, _ in
            await #expect(throws: SQLError.nulInText) {
                try await database.write { try $0.execute("SELECT ?", ["a\0b"]) }
            }
        }
    }

    @Test("an absent column, another type and an unexpected NULL are errors with the column's name")
    func mistakes() async throws {
        try await withDatabase { database, _ in
            try await database.read { transaction in
                let row = try #require(try transaction.first("SELECT 'x' AS s, NULL AS n"))
                #expect(throws: SQLError.noSuchColumn("t")) { try row.string("t") }
                #expect(throws: SQLError.wrongType(column: "s", expected: "an integer")) { try row.int("s") }
                #expect(throws: SQLError.self) { try row.string("n") }
            }
        }
    }

    @Test("changes are counted, an empty answer has no first row, too few or too many arguments are an error")
    func statements() async throws {
        try await withDatabase { database, _ in
            try await database.migrate([people])
            try await database.write { transaction in
                #expect(try transaction.execute("INSERT INTO people (name) VALUES ('a'), ('b')") == 2)
                #expect(try transaction.execute("UPDATE people SET name = 'c' WHERE name = ?", ["z"]) == 0)
                #expect(try transaction.query("SELECT * FROM people WHERE name = ?", ["z"]).isEmpty)
                #expect(try transaction.first("SELECT name FROM people ORDER BY id DESC")?.string("name") == "b")
                var names = [String]()
                try transaction.forEach("SELECT name FROM people ORDER BY id") { names.append(try $0.string("name")) }
                #expect(names == ["a", "b"])
                #expect(throws: SQLError.self) { try transaction.query("SELECT ?, ?", [1]) }
                #expect(throws: SQLError.self) { try transaction.query("SELECT ?", [1, 2]) }
            }
        }
    }
}
