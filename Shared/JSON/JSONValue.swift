/// Why bytes are not the JSON that was asked for.
public enum JSONError: Error, Equatable {
    /// Not JSON (RFC 8259), or nested deeper than allowed; `offset` is the byte where reading stopped.
    case malformed(offset: Int)
    /// JSON of another kind than asked for.
    case unexpected(JSONValue.Kind)
    /// The same name twice in one object: two readers could see two values.
    case duplicateName(String)
}

/// A JSON value that has been checked as a whole, still as bytes.
///
/// Made for payloads that are mostly passed on: one strict pass over the bytes, no tree, and a field is decoded when it
/// is asked for.
public struct JSONValue: Sendable {
    public enum Kind: String, Sendable { case object, array, string, number, boolean, null }

    public let kind: Kind
    /// The value's own bytes without surrounding white space.
    public let bytes: ArraySlice<UInt8>

    /// Checks `bytes` as one JSON text (RFC 8259): UTF-8, one value, white space around it allowed.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - maximumDepth: How deeply objects and arrays may nest.
    /// - Throws: ``JSONError/malformed(offset:)``, ``JSONError/duplicateName(_:)`` for the outermost object
    public init(parsing bytes: some Sequence<UInt8>, maximumDepth: Int = JSONCursor.usualDepth) throws(JSONError) {
        let all = Array(bytes)
        let scanner = JSONScanner(bytes: all[...], maximumDepth: maximumDepth)
        let document = try scanner.document()
        guard (try? UTF8Span(validating: all.span)) != nil else { throw .malformed(offset: 0) }
        self = document.value
    }

    init(kind: Kind, bytes: ArraySlice<UInt8>) {
        self.kind = kind
        self.bytes = bytes
    }

    /// The text of a string, escapes resolved; nil for other kinds and for lone surrogates.
    public var string: String? {
        guard self.kind == .string else { return nil }
        return JSONScanner(bytes: self.bytes, maximumDepth: 1).string()
    }

    /// A number without fraction or exponent that fits; nil otherwise.
    public var integer: Int? {
        guard self.kind == .number else { return nil }
        return Int(String(decoding: self.bytes, as: UTF8.self))
    }

    /// A finite number; nil otherwise.
    public var double: Double? {
        guard self.kind == .number, let value = Double(String(decoding: self.bytes, as: UTF8.self)), value.isFinite
        else { return nil }
        return value
    }

    public var boolean: Bool? {
        guard self.kind == .boolean else { return nil }
        return self.bytes.first == UInt8(ascii: "t")
    }

    public var isNull: Bool { self.kind == .null }

    /// The fields of an object in their order.
    ///
    /// - Throws: ``JSONError/unexpected(_:)`` for other kinds, ``JSONError/duplicateName(_:)``
    public func fields() throws(JSONError) -> [(name: String, value: JSONValue)] {
        guard self.kind == .object else { throw .unexpected(self.kind) }
        return try JSONScanner(bytes: self.bytes, maximumDepth: .max).fields()
    }

    /// The fields of `bytes`, which must be one object: what `JSONValue(parsing:).fields()` answers, in one pass.
    ///
    /// - Throws: ``JSONError``, the same as both
    public static func fields(
        parsing bytes: some Sequence<UInt8>, maximumDepth: Int = JSONCursor.usualDepth
    ) throws(JSONError) -> [(name: String, value: JSONValue)] {
        let all = Array(bytes)
        let scanner = JSONScanner(bytes: all[...], maximumDepth: maximumDepth)
        let document = try scanner.document()
        guard (try? UTF8Span(validating: all.span)) != nil else { throw .malformed(offset: 0) }
        guard let fields = document.fields else { throw .unexpected(document.value.kind) }
        return fields
    }

    /// The elements of an array.
    ///
    /// - Throws: ``JSONError/unexpected(_:)`` for other kinds
    public func elements() throws(JSONError) -> [JSONValue] {
        guard self.kind == .array else { throw .unexpected(self.kind) }
        return try JSONScanner(bytes: self.bytes, maximumDepth: .max).elements()
    }

    /// The field `name` of an object; nil for other kinds and when it is absent.
    public subscript(name: String) -> JSONValue? {
        guard let fields = try? self.fields() else { return nil }
        return fields.first { $0.name == name }?.value
    }

    /// The bytes of an object with another value in a field's place, everything else as it stands; nil for other kinds and
    /// when the field is absent.
    public func replacing(_ name: String, with value: some Sequence<UInt8>) -> [UInt8]? {
        guard let old = self[name]?.bytes else { return nil }
        var bytes = Array(self.bytes[..<old.startIndex])
        bytes.append(contentsOf: value)
        bytes.append(contentsOf: self.bytes[old.endIndex...])
        return bytes
    }
}
