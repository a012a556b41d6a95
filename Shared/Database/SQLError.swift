import GRDB

/// Why the database did not do what it was asked.
public enum SQLError: Error, Equatable, Sendable {
    /// Not of the form `sqlite:<path>`.
    case invalidURL(String)
    /// The file cannot be opened or is no database.
    case cannotOpen(path: String, reason: String)
    /// Another connection holds the lock longer than the busy timeout: try again.
    case busy
    /// A row like this is there already (unique or primary key); the text names the columns.
    case notUnique(String)
    /// Another constraint: foreign key, check, not null.
    case constraintFailed(String)
    /// The disk is full or failed: nothing was written.
    case storageFailed(String)
    case noSuchColumn(String)
    /// A text to be stored has a NUL character; SQLite would give it back only up to there.
    case nulInText
    case wrongType(column: String, expected: String)
    /// A migration that was applied before has other statements now.
    case migrationChanged(String)
    /// The file was written by a newer release, which applied these migrations.
    case newerSchema([String])
    /// Everything else; a mistake in a statement, mostly.
    case failed(String)

    init(_ error: DatabaseError) {
        let text = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        self =
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
            case .SQLITE_CONSTRAINT:
                switch error.extendedResultCode {
                case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY, .SQLITE_CONSTRAINT_ROWID:
                    .notUnique(text)
                default: .constraintFailed(text)
                }
            case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CORRUPT, .SQLITE_NOTADB: .storageFailed(text)
            default: .failed(text)
            }
    }
}

/// Runs `body`; what GRDB throws becomes an ``SQLError``.
func translated<Value>(_ body: () throws -> Value) throws(SQLError) -> Value {
    do {
        return try body()
    } catch let error as SQLError {
        throw error
    } catch let error as DatabaseError {
        throw SQLError(error)
    } catch {
        throw .failed("\(error)")
    }
}
