/// A value that goes into a statement, in place of a `?`.
public enum SQLValue: Equatable, Sendable {
    case null
    case int64(Int64)
    case double(Double)
    case string(String)
    case data([UInt8])

    public static func int(_ value: Int) -> SQLValue { .int64(Int64(value)) }
    /// 1 or 0: SQLite has no other booleans.
    public static func bool(_ value: Bool) -> SQLValue { .int64(value ? 1 : 0) }
    public static func optional(_ value: String?) -> SQLValue { value.map(SQLValue.string) ?? .null }
    public static func optional(_ value: Int?) -> SQLValue { value.map(SQLValue.int) ?? .null }
    public static func optional(_ value: Int64?) -> SQLValue { value.map(SQLValue.int64) ?? .null }
    public static func optional(_ value: Double?) -> SQLValue { value.map(SQLValue.double) ?? .null }
    public static func optional(_ value: [UInt8]?) -> SQLValue { value.map(SQLValue.data) ?? .null }
}

extension SQLValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .int64(value) }
    public init(nilLiteral: ()) { self = .null }
}
