/// One step of a schema: applied once to every database, in the order of the list, never changed after its release.
public struct Migration: Equatable, Sendable {
    /// Names the step for ever: `001-messages`.
    public let id: String
    /// One or more statements with `;` between them.
    public let sql: String

    public init(_ id: String, _ sql: String) {
        self.id = id
        self.sql = sql
    }
}

extension SQLTransaction {
    /// Applies what is missing, all of it or nothing.
    ///
    /// - Returns: The ids of the steps applied now.
    func migrate(_ migrations: [Migration]) throws -> [String] {
        try self.execute("CREATE TABLE IF NOT EXISTS schema_migrations (id TEXT PRIMARY KEY, sql TEXT NOT NULL)")
        var present = [String: String]()
        try self.forEach("SELECT id, sql FROM schema_migrations") { row in
            present[try row.string("id")] = try row.string("sql")
        }
        let unknown = present.keys.filter { id in !migrations.contains { $0.id == id } }.sorted()
        guard unknown.isEmpty else { throw SQLError.newerSchema(unknown, known: migrations.last?.id) }
        var applied = [String]()
        for migration in migrations {
            if let sql = present[migration.id] {
                guard sql == migration.sql else { throw SQLError.migrationChanged(migration.id) }
                continue
            }
            try self.connection.execute(sql: migration.sql)
            try self.execute(
                "INSERT INTO schema_migrations (id, sql) VALUES (?, ?)",
                [.string(migration.id), .string(migration.sql)])
            applied.append(migration.id)
        }
        return applied
    }
}
