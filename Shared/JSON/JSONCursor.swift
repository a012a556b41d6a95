/// The grammar of JSON (RFC 8259), the one there is: walks over raw bytes, says whether they are JSON, and decodes
/// nothing that nobody asks for. ``JSONValue`` reads with it, and the gateway scans its clients' frames.
///
/// The bytes must be UTF-8, which a cursor does not check: whoever has them knows it, or checks it once for all.
public struct JSONCursor {
    /// A string as it stands, checked, with its escapes.
    public struct Text {
        /// Where it stands, without its quotation marks.
        public let range: Range<Int>
        public let hasEscapes: Bool
    }

    /// How deeply objects and arrays may nest where nobody says otherwise.
    public static let usualDepth = 32

    private let bytes: UnsafeRawBufferPointer
    private let maximumDepth: Int
    private var depth = 0
    /// The byte that is read next.
    public private(set) var offset = 0

    public init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int = Self.usualDepth) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    /// The byte that is read next; nil at the end.
    public var peek: UInt8? { self.offset < self.bytes.count ? self.bytes[self.offset] : nil }

    /// What stands in a range that was read before.
    public func bytes(in range: Range<Int>) -> Slice<UnsafeRawBufferPointer> { self.bytes[range] }

    public mutating func skipWhitespace() {
        while let byte = self.peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { self.offset += 1 }
    }

    /// Nothing but white space may follow.
    public mutating func end() throws(JSONError) {
        self.skipWhitespace()
        guard self.offset == self.bytes.count else { throw self.malformed }
    }

    // MARK: Values

    /// Reads an object. `member` must consume exactly the value of the name it is given.
    ///
    /// A name with half a surrogate pair in it is refused: no reader could say which name that is.
    public mutating func object(
        _ member: (inout JSONCursor, Text) throws(JSONError) -> Void
    ) throws(JSONError) {
        try self.enter(UInt8(ascii: "{"))
        if self.take(UInt8(ascii: "}")) {
            self.depth -= 1
            return
        }
        while true {
            self.skipWhitespace()
            let name = try self.text()
            if name.hasEscapes, self.string(name) == nil { throw self.malformed }
            self.skipWhitespace()
            guard self.take(UInt8(ascii: ":")) else { throw self.malformed }
            self.skipWhitespace()
            try member(&self, name)
            self.skipWhitespace()
            if self.take(UInt8(ascii: "}")) {
                self.depth -= 1
                return
            }
            guard self.take(UInt8(ascii: ",")) else { throw self.malformed }
        }
    }

    /// Reads an array. `element` must consume exactly one value.
    public mutating func array(_ element: (inout JSONCursor) throws(JSONError) -> Void) throws(JSONError) {
        try self.enter(UInt8(ascii: "["))
        if self.take(UInt8(ascii: "]")) {
            self.depth -= 1
            return
        }
        while true {
            self.skipWhitespace()
            try element(&self)
            self.skipWhitespace()
            if self.take(UInt8(ascii: "]")) {
                self.depth -= 1
                return
            }
            guard self.take(UInt8(ascii: ",")) else { throw self.malformed }
        }
    }

    /// Passes over any value and says what it was.
    @discardableResult
    public mutating func value() throws(JSONError) -> JSONValue.Kind {
        switch self.peek {
        case UInt8(ascii: "{"):
            try self.object { (cursor, _) throws(JSONError) in try cursor.value() }
            return .object
        case UInt8(ascii: "["):
            try self.array { (cursor) throws(JSONError) in try cursor.value() }
            return .array
        case UInt8(ascii: "\""):
            _ = try self.text()
            return .string
        case UInt8(ascii: "t"): return try self.word("true", .boolean)
        case UInt8(ascii: "f"): return try self.word("false", .boolean)
        case UInt8(ascii: "n"): return try self.word("null", .null)
        default: return try self.number()
        }
    }

    /// Passes over a string.
    public mutating func text() throws(JSONError) -> Text {
        guard self.take(UInt8(ascii: "\"")) else { throw self.malformed }
        let start = self.offset
        var hasEscapes = false
        while let byte = self.peek {
            switch byte {
            case UInt8(ascii: "\""):
                self.offset += 1
                return Text(range: start..<(self.offset - 1), hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                self.offset += 1
                try self.escape()
            case 0..<0x20: throw self.malformed
            default: self.offset += 1
            }
        }
        throw self.malformed
    }

    /// The text of a string with its escapes resolved; nil when it holds half a surrogate pair, which is no character.
    public func string(_ text: Text) -> String? {
        let raw = UnsafeRawBufferPointer(rebasing: self.bytes[text.range])
        return text.hasEscapes ? JSONEscapes.resolved(raw) : String(decoding: raw, as: UTF8.self)
    }

    // MARK: Tokens

    private mutating func take(_ byte: UInt8) -> Bool {
        guard self.peek == byte else { return false }
        self.offset += 1
        return true
    }

    /// One level deeper, past the bracket and what space follows it.
    private mutating func enter(_ bracket: UInt8) throws(JSONError) {
        guard self.depth < self.maximumDepth, self.take(bracket) else { throw self.malformed }
        self.depth += 1
        self.skipWhitespace()
    }

    private mutating func word(_ word: StaticString, _ kind: JSONValue.Kind) throws(JSONError) -> JSONValue.Kind {
        let count = word.utf8CodeUnitCount
        guard self.offset + count <= self.bytes.count else { throw self.malformed }
        for index in 0..<count where self.bytes[self.offset + index] != word.utf8Start[index] { throw self.malformed }
        self.offset += count
        return kind
    }

    private mutating func number() throws(JSONError) -> JSONValue.Kind {
        _ = self.take(UInt8(ascii: "-"))
        if !self.take(UInt8(ascii: "0")) { try self.digits() }
        if self.take(UInt8(ascii: ".")) { try self.digits() }
        if self.take(UInt8(ascii: "e")) || self.take(UInt8(ascii: "E")) {
            if !self.take(UInt8(ascii: "+")) { _ = self.take(UInt8(ascii: "-")) }
            try self.digits()
        }
        return .number
    }

    private mutating func digits() throws(JSONError) {
        let start = self.offset
        while let byte = self.peek, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { self.offset += 1 }
        guard self.offset > start else { throw self.malformed }
    }

    /// What follows a backslash.
    private mutating func escape() throws(JSONError) {
        switch self.peek {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            self.offset += 1
        case UInt8(ascii: "u"):
            guard JSONEscapes.codeUnit(self.bytes, at: self.offset + 1) != nil else { throw self.malformed }
            self.offset += 5
        default: throw self.malformed
        }
    }

    private var malformed: JSONError { .malformed(offset: self.offset) }
}
