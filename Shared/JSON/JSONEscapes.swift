/// The escapes of JSON strings (RFC 8259 §7).
enum JSONEscapes {
    /// The text of a string whose escapes are known to be complete; nil when it holds half a surrogate pair.
    static func resolved(_ raw: UnsafeRawBufferPointer) -> String? {
        var text: [UInt8] = []
        text.reserveCapacity(raw.count)
        var index = 0
        while index < raw.count {
            let plain = raw[index...].prefix { $0 != UInt8(ascii: "\\") }
            text.append(contentsOf: plain)
            guard plain.endIndex < raw.count else { break }
            index = plain.endIndex
            let kind = raw[index + 1]
            index += 2
            switch kind {
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                guard let (scalar, length) = Self.scalar(raw, at: index), let bytes = UTF8.encode(scalar) else {
                    return nil
                }
                text.append(contentsOf: bytes)
                index += length
            default: text.append(kind)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The number of four hexadecimal digits; nil when there are not as many.
    static func codeUnit(_ raw: UnsafeRawBufferPointer, at start: Int) -> UInt32? {
        guard start + 4 <= raw.count else { return nil }
        var value: UInt32 = 0
        for index in start..<(start + 4) {
            guard let digit = Self.hexValue(raw[index]) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// The character whose digits begin at `start`: one code unit, or a pair with its second escape.
    private static func scalar(_ raw: UnsafeRawBufferPointer, at start: Int) -> (Unicode.Scalar, length: Int)? {
        guard let first = Self.codeUnit(raw, at: start) else { return nil }
        guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first).map { ($0, 4) } }
        let next = start + 4
        guard next + 2 <= raw.count, raw[next] == UInt8(ascii: "\\"), raw[next + 1] == UInt8(ascii: "u"),
            let second = Self.codeUnit(raw, at: next + 2), (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else { return nil }
        return (scalar, 10)
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
