public import NIOCore

/// One reply of the server, in RESP2.
///
/// A ``bulk(_:)`` is a slice of what one read of the socket brought. To keep a few bytes of it for long, copy them
/// (``string``, or `Array(buffer:)`): the slice keeps the whole read alive.
public enum RedisValue: Sendable, Equatable {
    /// `$-1` or `*-1`.
    case null
    /// `:42`.
    case integer(Int)
    /// `+OK`.
    case status(String)
    /// `$5 hello`: any bytes.
    case bulk(ByteBuffer)
    /// `*2 …`.
    case array([RedisValue])
    /// `-ERR …`, where it stands inside an array or in a pipeline's result.
    indirect case error(RedisServerError)

    /// The text of a bulk (as UTF-8, repaired), a status or an integer; `nil` for all else.
    public var string: String? {
        switch self {
        case .bulk(let buffer): String(buffer: buffer)
        case .status(let text): text
        case .integer(let number): String(number)
        case .null, .array, .error: nil
        }
    }

    /// An integer, or a bulk or status that is one in decimal digits.
    public var int: Int? {
        switch self {
        case .integer(let number): number
        case .bulk, .status: self.string.flatMap { Int($0) }
        case .null, .array, .error: nil
        }
    }

    /// The bytes of a bulk or a status.
    public var buffer: ByteBuffer? {
        switch self {
        case .bulk(let buffer): buffer
        case .status(let text): ByteBuffer(string: text)
        case .null, .integer, .array, .error: nil
        }
    }

    /// The elements of an array.
    public var array: [RedisValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// Whether the server answered “nothing”.
    public var isNull: Bool { if case .null = self { true } else { false } }

    /// A flat array of fields and values, as `HGETALL` answers, by field; of a repeated field the last value. Empty for
    /// all else.
    public func map() -> [String: RedisValue] {
        guard let elements = self.array else { return [:] }
        var result: [String: RedisValue] = [:]
        result.reserveCapacity(elements.count / 2)
        var index = 0
        while index + 1 < elements.count {
            if let field = elements[index].string { result[field] = elements[index + 1] }
            index += 2
        }
        return result
    }
}
