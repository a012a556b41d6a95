/// The grammar of RFC 8259 over bytes; used through ``JSONValue``.
struct JSONScanner {
    typealias Field = (name: String, value: JSONValue)

    private static let fewFields = 16

    private let bytes: ArraySlice<UInt8>
    private var position: Int
    private let maximumDepth: Int
    private var depth = 0

    init(bytes: ArraySlice<UInt8>, maximumDepth: Int) {
        self.bytes = bytes
        self.position = bytes.startIndex
        self.maximumDepth = maximumDepth
    }

    /// One value with nothing but white space around it; with its fields when it is an object.
    mutating func document() throws(JSONError) -> (value: JSONValue, fields: [Field]?) {
        self.skipWhitespace()
        let start = self.position
        var fields: [Field]?
        let value: JSONValue
        if self.peek == UInt8(ascii: "{") {
            fields = try self.fields()
            value = JSONValue(kind: .object, bytes: self.bytes[start..<self.position])
        } else {
            value = try self.value()
        }
        self.skipWhitespace()
        guard self.position == self.bytes.endIndex else { throw self.malformed }
        return (value, fields)
    }

    /// The fields of the object at the present position.
    mutating func fields() throws(JSONError) -> [Field] {
        var fields: [Field] = []
        var names: Set<String> = []
        try self.members { (name, value) throws(JSONError) in
            guard let name = Self.unescape(name) else { throw .malformed(offset: 0) }
            // Comparing is quicker for the few fields that an honest object has; thousands must not be compared in pairs.
            if fields.count == Self.fewFields { names = Set(fields.map(\.name)) }
            let isKnown =
                fields.count < Self.fewFields
                ? fields.contains { $0.name == name } : !names.insert(name).inserted
            if isKnown { throw .duplicateName(name) }
            fields.append((name, value))
        }
        return fields
    }

    /// The members of the object at the present position; names still escaped, without quotation marks.
    mutating func members(
        _ body: (ArraySlice<UInt8>, JSONValue) throws(JSONError) -> Void
    ) throws(JSONError) {
        try self.enter()
        self.position += 1
        self.skipWhitespace()
        if self.take(UInt8(ascii: "}")) {
            self.depth -= 1
            return
        }
        while true {
            self.skipWhitespace()
            guard self.peek == UInt8(ascii: "\"") else { throw self.malformed }
            let name = try self.string()
            self.skipWhitespace()
            guard self.take(UInt8(ascii: ":")) else { throw self.malformed }
            self.skipWhitespace()
            try body(name.bytes.dropFirst().dropLast(), try self.value())
            self.skipWhitespace()
            if self.take(UInt8(ascii: "}")) {
                self.depth -= 1
                return
            }
            guard self.take(UInt8(ascii: ",")) else { throw self.malformed }
        }
    }

    /// The elements of the array at the present position.
    mutating func elements(_ body: (JSONValue) throws(JSONError) -> Void) throws(JSONError) {
        try self.enter()
        self.position += 1
        self.skipWhitespace()
        if self.take(UInt8(ascii: "]")) {
            self.depth -= 1
            return
        }
        while true {
            self.skipWhitespace()
            try body(try self.value())
            self.skipWhitespace()
            if self.take(UInt8(ascii: "]")) {
                self.depth -= 1
                return
            }
            guard self.take(UInt8(ascii: ",")) else { throw self.malformed }
        }
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        let start = self.position
        switch self.peek {
        case UInt8(ascii: "{"):
            try self.members { (_, _) throws(JSONError) in }
            return JSONValue(kind: .object, bytes: self.bytes[start..<self.position])
        case UInt8(ascii: "["):
            try self.elements { _ throws(JSONError) in }
            return JSONValue(kind: .array, bytes: self.bytes[start..<self.position])
        case UInt8(ascii: "\""): return try self.string()
        case UInt8(ascii: "t"): return try self.word("true", .boolean)
        case UInt8(ascii: "f"): return try self.word("false", .boolean)
        case UInt8(ascii: "n"): return try self.word("null", .null)
        default: return try self.number()
        }
    }

    private mutating func string() throws(JSONError) -> JSONValue {
        let start = self.position
        self.position += 1
        while let byte = self.peek {
            switch byte {
            case UInt8(ascii: "\""):
                self.position += 1
                return JSONValue(kind: .string, bytes: self.bytes[start..<self.position])
            case UInt8(ascii: "\\"):
                self.position += 1
                guard let escape = self.peek else { throw self.malformed }
                switch escape {
                case UInt8(ascii: "u"):
                    let end = self.position + 5
                    guard end <= self.bytes.endIndex,
                        self.bytes[(self.position + 1)..<end].allSatisfy({ Self.hexValue($0) != nil })
                    else { throw self.malformed }
                    self.position = end
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
                    UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                    self.position += 1
                default: throw self.malformed
                }
            case 0..<0x20: throw self.malformed
            default: self.position += 1
            }
        }
        throw self.malformed
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = self.position
        _ = self.take(UInt8(ascii: "-"))
        if !self.take(UInt8(ascii: "0")) { try self.digits() }
        if self.take(UInt8(ascii: ".")) { try self.digits() }
        if self.take(UInt8(ascii: "e")) || self.take(UInt8(ascii: "E")) {
            if !self.take(UInt8(ascii: "+")) { _ = self.take(UInt8(ascii: "-")) }
            try self.digits()
        }
        return JSONValue(kind: .number, bytes: self.bytes[start..<self.position])
    }

    private mutating func digits() throws(JSONError) {
        let start = self.position
        while let byte = self.peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { self.position += 1 }
        guard self.position > start else { throw self.malformed }
    }

    private mutating func word(_ word: StaticString, _ kind: JSONValue.Kind) throws(JSONError) -> JSONValue {
        let start = self.position
        let end = start + word.utf8CodeUnitCount
        let matches = word.withUTF8Buffer { text in
            end <= self.bytes.endIndex && self.bytes[start..<end].elementsEqual(text)
        }
        guard matches else { throw self.malformed }
        self.position = end
        return JSONValue(kind: kind, bytes: self.bytes[start..<end])
    }

    private mutating func enter() throws(JSONError) {
        self.depth += 1
        guard self.depth <= self.maximumDepth else { throw self.malformed }
    }

    private var peek: UInt8? { self.position < self.bytes.endIndex ? self.bytes[self.position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard self.peek == byte else { return false }
        self.position += 1
        return true
    }

    private mutating func skipWhitespace() {
        while let byte = self.peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { self.position += 1 }
    }

    private var malformed: JSONError { .malformed(offset: self.position - self.bytes.startIndex) }

    /// Resolves the escapes of a checked string; nil when it holds half a surrogate pair.
    static func unescape(_ bytes: ArraySlice<UInt8>) -> String? {
        guard bytes.contains(UInt8(ascii: "\\")) else { return String(validating: bytes, as: UTF8.self) }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        func codeUnit(at start: Int) -> UInt32? {
            guard start + 4 <= bytes.endIndex else { return nil }
            var value: UInt32 = 0
            for byte in bytes[start..<(start + 4)] {
                guard let digit = Self.hexValue(byte) else { return nil }
                value = value << 4 | UInt32(digit)
            }
            return value
        }
        while index < bytes.endIndex {
            let byte = bytes[index]
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                index += 1
                continue
            }
            let escape = bytes[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                guard var value = codeUnit(at: index) else { return nil }
                index += 4
                if (0xD800..<0xDC00).contains(value) {
                    guard index + 6 <= bytes.endIndex, bytes[index] == UInt8(ascii: "\\"),
                        bytes[index + 1] == UInt8(ascii: "u"), let low = codeUnit(at: index + 2),
                        (0xDC00..<0xE000).contains(low)
                    else { return nil }
                    value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00)
                    index += 6
                }
                guard let scalar = Unicode.Scalar(value) else { return nil }
                text += UTF8.encode(scalar).map { Array($0) } ?? []
            default: text.append(escape)
            }
        }
        return String(validating: text, as: UTF8.self)
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
