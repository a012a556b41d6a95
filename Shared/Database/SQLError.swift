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
    /// The file was written by a newer release, which applied these migrations; the newest that this one knows.
    case newerSchema([String], known: String?)
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

extension SQLError: CustomStringConvertible {
    /// One line for an operator; what can be done about it where that is not plain.
    public var description: String {
        switch self {
        case .invalidURL(let url): "“\(url)” is not of the form sqlite:<path>"
        case .cannotOpen(let path, let reason): "\(path) cannot be opened: \(reason)"
        case .busy: "another process holds the database"
        case .notUnique(let text), .constraintFailed(let text), .failed(let text): text
        case .storageFailed(let text): "nothing was written: \(text)"
        case .noSuchColumn(let column): "there is no column \(column)"
        case .nulInText: "a text has a NUL character"
        case .wrongType(let column, let expected): "\(column) is no \(expected)"
        case .migrationChanged(let id):
            "SCHEMA_CHANGED: the database was made by a release with another step \(id); start the release that made it"
        case .newerSchema(let ids, let known):
            "SCHEMA_NEWER: the database was changed by a newer release: this one does not know "
                + "\(ids.joined(separator: ", ")), only up to \(known ?? "nothing"). Start a release that knows it, or restore "
                + "the backup from before the upgrade (deploy/README.md, “Go back”); nothing was changed"
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
