import GRDB
import GRDBSQLite
import Glibc

/// What goes into a statement and comes out of its rows, without GRDB's values in between: those of an archived message
/// cost more than SQLite's own work on it. Statements, transactions and errors stay GRDB's.
extension Statement {
    /// SQLite makes a copy, so that nothing of ours must outlive the call.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    /// Puts the values in place of the `?`; what was there before is let go of. Run it without arguments then.
    func bind(_ values: [SQLValue]) throws(SQLError) {
        let wanted = sqlite3_bind_parameter_count(self.sqliteStatement)
        guard Int(wanted) == values.count else {
            throw .failed("wrong number of statement arguments: \(values.count) of \(wanted)")
        }
        // Resets it, and tells GRDB that what is bound is as it should be.
        self.setUncheckedArguments(StatementArguments())
        for (place, value) in zip(Int32(1)..., values) {
            guard try self.bind(value, at: place) == SQLITE_OK else {
                throw .failed("argument \(place) cannot be bound: \(String(cString: sqlite3_errmsg(self.handle)))")
            }
        }
    }

    private var handle: OpaquePointer? { sqlite3_db_handle(self.sqliteStatement) }

    private func bind(_ value: SQLValue, at place: Int32) throws(SQLError) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(self.sqliteStatement, place)
        case .int64(let value): return sqlite3_bind_int64(self.sqliteStatement, place, value)
        case .double(let value): return sqlite3_bind_double(self.sqliteStatement, place, value)
        case .string(var text):
            let code: Int32? = text.withUTF8 { bytes in
                guard let start = bytes.baseAddress, !bytes.isEmpty else {
                    return sqlite3_bind_text(self.sqliteStatement, place, "", 0, Self.copied)
                }
                guard memchr(start, 0, bytes.count) == nil else { return nil }
                return sqlite3_bind_text64(
                    self.sqliteStatement, place, start, UInt64(bytes.count), Self.copied, UInt8(SQLITE_UTF8))
            }
            guard let code else { throw .nulInText }
            return code
        case .data(let value):
            return value.withUnsafeBytes { bytes in
                // No bytes would be NULL.
                guard let start = bytes.baseAddress, !bytes.isEmpty else {
                    return sqlite3_bind_zeroblob(self.sqliteStatement, place, 0)
                }
                return sqlite3_bind_blob64(self.sqliteStatement, place, start, UInt64(bytes.count), Self.copied)
            }
        }
    }

    /// The row at which the statement stands.
    var row: [SQLValue] {
        (0..<sqlite3_column_count(self.sqliteStatement)).map { self.value(at: $0) }
    }

    private func value(at column: Int32) -> SQLValue {
        switch sqlite3_column_type(self.sqliteStatement, column) {
        case SQLITE_INTEGER: return .int64(sqlite3_column_int64(self.sqliteStatement, column))
        case SQLITE_FLOAT: return .double(sqlite3_column_double(self.sqliteStatement, column))
        case SQLITE_TEXT:
            let start = sqlite3_column_text(self.sqliteStatement, column)
            return .string(
                String(decoding: UnsafeBufferPointer(start: start, count: self.length(at: column)), as: UTF8.self))
        case SQLITE_BLOB:
            let start = sqlite3_column_blob(self.sqliteStatement, column)
            return .data(Array(UnsafeRawBufferPointer(start: start, count: self.length(at: column))))
        default: return .null
        }
    }

    /// Asked for after the value, which SQLite may have to convert first.
    private func length(at column: Int32) -> Int { Int(sqlite3_column_bytes(self.sqliteStatement, column)) }
}
