/// One row of an answer. A column is asked for by its name and its type; what is not there or of another type is an
/// error that says so, never a zero.
public struct SQLRow: Sendable {
    /// Shared by all rows of an answer.
    let columns: [String: Int]
    let values: [SQLValue]

    /// - Throws: ``SQLError/noSuchColumn(_:)``
    public func value(_ column: String) throws(SQLError) -> SQLValue {
        guard let index = self.columns[column] else { throw .noSuchColumn(column) }
        return self.values[index]
    }

    public func optionalInt64(_ column: String) throws(SQLError) -> Int64? {
        switch try self.value(column) {
        case .null: nil
        case .int64(let value): value
        case .double, .string, .data: throw .wrongType(column: column, expected: "an integer")
        }
    }

    public func optionalInt(_ column: String) throws(SQLError) -> Int? {
        try self.optionalInt64(column).map { Int($0) }
    }

    /// An integer is a number too.
    public func optionalDouble(_ column: String) throws(SQLError) -> Double? {
        switch try self.value(column) {
        case .null: nil
        case .double(let value): value
        case .int64(let value): Double(value)
        case .string, .data: throw .wrongType(column: column, expected: "a number")
        }
    }

    public func optionalString(_ column: String) throws(SQLError) -> String? {
        switch try self.value(column) {
        case .null: nil
        case .string(let value): value
        case .int64, .double, .data: throw .wrongType(column: column, expected: "text")
        }
    }

    /// Text has bytes too: those of its UTF-8.
    public func optionalData(_ column: String) throws(SQLError) -> [UInt8]? {
        switch try self.value(column) {
        case .null: nil
        case .data(let value): value
        case .string(let value): Array(value.utf8)
        case .int64, .double: throw .wrongType(column: column, expected: "bytes")
        }
    }

    public func int64(_ column: String) throws(SQLError) -> Int64 {
        try self.present(self.optionalInt64(column), column)
    }

    public func int(_ column: String) throws(SQLError) -> Int {
        try self.present(self.optionalInt(column), column)
    }

    /// Everything but 0 is true.
    public func bool(_ column: String) throws(SQLError) -> Bool {
        try self.int64(column) != 0
    }

    public func double(_ column: String) throws(SQLError) -> Double {
        try self.present(self.optionalDouble(column), column)
    }

    public func string(_ column: String) throws(SQLError) -> String {
        try self.present(self.optionalString(column), column)
    }

    public func data(_ column: String) throws(SQLError) -> [UInt8] {
        try self.present(self.optionalData(column), column)
    }

    private func present<Value>(_ value: Value?, _ column: String) throws(SQLError) -> Value {
        guard let value else { throw .wrongType(column: column, expected: "a value, found NULL") }
        return value
    }
}
