/// Walks over JSON bytes (RFC 8259) and says whether they are JSON. Nothing is decoded that nobody asks for. The bytes
/// are known to be UTF-8: the WebSocket has checked that.
struct JSONCursor {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { self.offset == self.bytes.count }
    var peek: UInt8? { self.offset < self.bytes.count ? self.bytes[self.offset] : nil }

    mutating func skipSpace() {
        while let byte = self.peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { self.offset += 1 }
    }

    /// Reads an object; `member` must consume exactly the value of the name it is given.
    mutating func object(depth: Int = 1, _ member: (inout JSONCursor, String) -> Bool) -> Bool {
        guard depth <= FrameScanner.depthLimit, self.take(UInt8(ascii: "{")) else { return false }
        self.skipSpace()
        if self.take(UInt8(ascii: "}")) { return true }
        while true {
            self.skipSpace()
            guard let name = self.string() else { return false }
            self.skipSpace()
            guard self.take(UInt8(ascii: ":")) else { return false }
            self.skipSpace()
            guard member(&self, name) else { return false }
            self.skipSpace()
            if self.take(UInt8(ascii: "}")) { return true }
            guard self.take(UInt8(ascii: ",")) else { return false }
        }
    }

    /// Passes over any value.
    mutating func value(depth: Int) -> Bool {
        guard let first = self.peek else { return false }
        switch first {
        case UInt8(ascii: "{"): return self.object(depth: depth) { cursor, _ in cursor.value(depth: depth + 1) }
        case UInt8(ascii: "["): return self.array(depth: depth)
        case UInt8(ascii: "\""): return self.text() != nil
        case UInt8(ascii: "t"): return self.word("true")
        case UInt8(ascii: "f"): return self.word("false")
        case UInt8(ascii: "n"): return self.word("null")
        default: return self.number()
        }
    }

    /// Reads a text with its escapes resolved.
    mutating func string() -> String? {
        guard let (range, hasEscapes) = self.text() else { return nil }
        let raw = UnsafeRawBufferPointer(rebasing: self.bytes[range])
        return hasEscapes ? Self.unescaped(raw) : String(decoding: raw, as: UTF8.self)
    }

    func isNull(_ range: Range<Int>) -> Bool { self.bytes[range].elementsEqual("null".utf8) }

    /// A whole number from 0 of at most 16 digits, or a text of 1 to 64 bytes without escapes.
    func isFrameID(_ range: Range<Int>) -> Bool {
        let token = self.bytes[range]
        if token.first == UInt8(ascii: "\"") {
            return (3...66).contains(token.count) && !token.contains(UInt8(ascii: "\\"))
        }
        return token.count <= 16 && token.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    }

    // MARK: Grammar

    private mutating func take(_ byte: UInt8) -> Bool {
        guard self.peek == byte else { return false }
        self.offset += 1
        return true
    }

    private mutating func word(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard self.offset + count <= self.bytes.count else { return false }
        for index in 0..<count where self.bytes[self.offset + index] != word.utf8Start[index] { return false }
        self.offset += count
        return true
    }

    private mutating func array(depth: Int) -> Bool {
        guard depth <= FrameScanner.depthLimit, self.take(UInt8(ascii: "[")) else { return false }
        self.skipSpace()
        if self.take(UInt8(ascii: "]")) { return true }
        while true {
            self.skipSpace()
            guard self.value(depth: depth + 1) else { return false }
            self.skipSpace()
            if self.take(UInt8(ascii: "]")) { return true }
            guard self.take(UInt8(ascii: ",")) else { return false }
        }
    }

    private mutating func number() -> Bool {
        _ = self.take(UInt8(ascii: "-"))
        if !self.take(UInt8(ascii: "0")) {
            guard self.digits() else { return false }
        }
        if self.take(UInt8(ascii: ".")), !self.digits() { return false }
        if self.take(UInt8(ascii: "e")) || self.take(UInt8(ascii: "E")) {
            _ = self.take(UInt8(ascii: "+")) || self.take(UInt8(ascii: "-"))
            return self.digits()
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = self.offset
        while let byte = self.peek, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { self.offset += 1 }
        return self.offset > start
    }

    /// Passes over a text.
    ///
    /// - Returns: The range between its quotes, and whether an escape stands in it.
    private mutating func text() -> (Range<Int>, Bool)? {
        guard self.take(UInt8(ascii: "\"")) else { return nil }
        let start = self.offset
        var hasEscapes = false
        while let byte = self.peek {
            self.offset += 1
            switch byte {
            case UInt8(ascii: "\""): return (start..<(self.offset - 1), hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                guard self.escape() else { return nil }
            case 0..<0x20: return nil
            default: continue
            }
        }
        return nil
    }

    private mutating func escape() -> Bool {
        guard let byte = self.peek else { return false }
        self.offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return true
        case UInt8(ascii: "u"):
            guard self.offset + 4 <= self.bytes.count,
                self.bytes[self.offset..<self.offset + 4].allSatisfy({ Self.hexDigit($0) != nil })
            else { return false }
            self.offset += 4
            return true
        default: return false
        }
    }

    private static func hexDigit(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// Escapes of a text that was passed over before, so that every one is complete. A lone surrogate has no character
    /// and makes the text `nil`.
    private static func unescaped(_ raw: UnsafeRawBufferPointer) -> String? {
        var units: [UInt16] = []
        var text = ""
        func flushUnits() -> Bool {
            guard !units.isEmpty else { return true }
            guard let decoded = String(validating: units, as: UTF16.self) else { return false }
            text += decoded
            units.removeAll()
            return true
        }
        var index = 0
        while index < raw.count {
            if raw[index] != UInt8(ascii: "\\") {
                guard flushUnits() else { return nil }
                let end = raw[index...].firstIndex(of: UInt8(ascii: "\\")) ?? raw.count
                text += String(decoding: raw[index..<end], as: UTF8.self)
                index = end
                continue
            }
            let kind = raw[index + 1]
            index += 2
            if kind == UInt8(ascii: "u") {
                units.append(raw[index..<index + 4].reduce(0) { $0 << 4 | (Self.hexDigit($1) ?? 0) })
                index += 4
                continue
            }
            let plain: UInt8 =
                switch kind {
                case UInt8(ascii: "b"): 0x08
                case UInt8(ascii: "f"): 0x0C
                case UInt8(ascii: "n"): 0x0A
                case UInt8(ascii: "r"): 0x0D
                case UInt8(ascii: "t"): 0x09
                default: kind
                }
            units.append(UInt16(plain))
        }
        return flushUnits() ? text : nil
    }
}
