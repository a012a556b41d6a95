/// Writes one JSON object, field by field, into bytes: no line breaks, no white space, fields in the order given.
///
/// ```swift
/// var json = JSONWriter()
/// json.field("message_id", id)
/// json.field("edited", false)
/// return json.finish()
/// ```
public struct JSONWriter: Sendable {
    private var bytes: [UInt8]
    private var isEmpty = true

    public init(capacity: Int = 256) {
        self.init(continuing: capacity)
        self.bytes.append(UInt8(ascii: "{"))
    }

    /// An object of which somebody else writes the beginning, the first fields included and the comma behind them.
    ///
    /// - Parameter capacity: How many bytes there is room for.
    public init(continuing capacity: Int) {
        self.bytes = []
        self.bytes.reserveCapacity(capacity)
    }

    public mutating func field(_ name: StaticString, _ value: String) {
        self.name(name)
        Self.append(value, to: &self.bytes)
    }

    /// Writes `null` for nil.
    public mutating func field(_ name: StaticString, _ value: String?) {
        self.name(name)
        if let value { Self.append(value, to: &self.bytes) } else { self.bytes += "null".utf8 }
    }

    public mutating func field(_ name: StaticString, _ value: Int) {
        self.name(name)
        self.bytes += String(value).utf8
    }

    /// Writes `null` for what JSON cannot say (NaN, infinities) and for nil.
    public mutating func field(_ name: StaticString, _ value: Double?) {
        self.name(name)
        if let value, value.isFinite { self.bytes += "\(value)".utf8 } else { self.bytes += "null".utf8 }
    }

    public mutating func field(_ name: StaticString, _ value: Bool) {
        self.name(name)
        self.bytes += (value ? "true" : "false").utf8
    }

    /// Writes bytes that are one JSON value already, without line breaks.
    public mutating func field(_ name: StaticString, raw value: some Sequence<UInt8>) {
        self.name(name)
        self.bytes.append(contentsOf: value)
    }

    /// The same where no time is to be lost: nothing is looked up to append an array to another.
    public mutating func field(_ name: StaticString, raw value: [UInt8]) {
        self.name(name)
        self.bytes.append(contentsOf: value)
    }

    /// Writes text that is one JSON value already.
    public mutating func field(_ name: StaticString, literal value: StaticString) {
        self.name(name)
        value.withUTF8Buffer { self.bytes.append(contentsOf: $0) }
    }

    /// The same under a name that is only known at run time.
    @_disfavoredOverload
    public mutating func field(_ name: String, raw value: some Sequence<UInt8>) {
        self.separate()
        Self.append(name, to: &self.bytes)
        self.bytes.append(UInt8(ascii: ":"))
        self.bytes.append(contentsOf: value)
    }

    public mutating func field(_ name: StaticString, _ values: [String]) {
        self.name(name)
        Self.append(values, to: &self.bytes)
    }

    /// The finished object.
    public consuming func finish() -> [UInt8] {
        self.bytes.append(UInt8(ascii: "}"))
        return self.bytes
    }

    private mutating func separate() {
        if !self.isEmpty { self.bytes.append(UInt8(ascii: ",")) }
        self.isEmpty = false
    }

    private mutating func name(_ name: StaticString) {
        self.separate()
        self.bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { self.bytes.append(contentsOf: $0) }
        self.bytes.append(UInt8(ascii: "\""))
        self.bytes.append(UInt8(ascii: ":"))
    }

    /// Appends `values` as an array of strings.
    public static func append(_ values: [String], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            Self.append(value, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Appends `text` as a JSON string. U+2028 and U+2029 are escaped too: JavaScript once read them as line breaks; and
    /// so are U+007F to U+009F, which a terminal may obey.
    public static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            guard Self.needsEscapes(utf8) else { return bytes.append(contentsOf: utf8) }
            var plainFrom = 0
            for (index, byte) in utf8.enumerated() {
                let isSeparator =
                    byte == 0xE2 && index + 2 < utf8.count && utf8[index + 1] == 0x80 && utf8[index + 2] & 0xFE == 0xA8
                let isControl =
                    byte < 0x20 || byte == 0x7F || (byte == 0xC2 && utf8[index + 1] < 0xA0)
                guard isControl || isSeparator || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
                    continue
                }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[plainFrom..<index]))
                plainFrom = index + 1
                switch byte {
                case UInt8(ascii: "\""): bytes += "\\\"".utf8
                case UInt8(ascii: "\\"): bytes += "\\\\".utf8
                case 0x0A: bytes += "\\n".utf8
                case 0x0D: bytes += "\\r".utf8
                case 0x09: bytes += "\\t".utf8
                case 0xE2:
                    bytes += (utf8[index + 2] == 0xA8 ? "\\u2028" : "\\u2029").utf8
                    plainFrom = index + 3
                case 0xC2:
                    Self.appendEscape(utf8[index + 1], to: &bytes)
                    plainFrom = index + 2
                default: Self.appendEscape(byte, to: &bytes)
                }
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[plainFrom...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Whether there may be something to escape. Looks at all bytes without a branch, which is many at a time.
    private static func needsEscapes(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        var found: UInt8 = 0
        for byte in utf8 {
            found |= byte < 0x20 || byte >= 0x7F || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? 1 : 0
        }
        return found != 0
    }

    /// `\u00` and the two digits of a control character.
    private static func appendEscape(_ control: UInt8, to bytes: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        bytes += "\\u00".utf8
        bytes.append(digits[Int(control >> 4)])
        bytes.append(digits[Int(control & 15)])
    }

    /// `value` with the line breaks and other white space between its tokens taken out, so that it can stand in a line.
    public static func compact(_ value: JSONValue) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(value.bytes.count)
        var insideString = false
        var escaped = false
        for byte in value.bytes {
            if insideString {
                result.append(byte)
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else if byte == UInt8(ascii: "\"") {
                    insideString = false
                }
            } else if byte != 0x20 && byte != 0x0A && byte != 0x0D && byte != 0x09 {
                result.append(byte)
                insideString = byte == UInt8(ascii: "\"")
            }
        }
        return result
    }
}
