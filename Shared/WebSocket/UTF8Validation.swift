/// Checks text that arrives in pieces (RFC 3629): a character may be split between two fragments.
///
/// - SeeAlso: The Unicode Standard, table 3-7, well-formed UTF-8 byte sequences.
struct UTF8Validation {
    /// Bytes that the current character still needs.
    private var missing: UInt8 = 0
    /// What the next byte must lie in; narrower than a continuation byte right after some lead bytes.
    private var low: UInt8 = 0x80
    private var high: UInt8 = 0xBF

    /// Whether the text so far ends between two characters.
    var isComplete: Bool { self.missing == 0 }

    /// - Returns: Whether the bytes can still become valid text.
    mutating func accepts(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        let count = bytes.count
        while index < count {
            if self.missing == 0 {
                // Most text is ASCII: eight bytes at a time.
                while index + 8 <= count,
                    bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
                {
                    index += 8
                }
                guard index < count else { return true }
            }
            guard self.accepts(bytes[index]) else { return false }
            index += 1
        }
        return true
    }

    private mutating func accepts(_ byte: UInt8) -> Bool {
        if self.missing > 0 {
            guard self.low...self.high ~= byte else { return false }
            self.missing -= 1
            (self.low, self.high) = (0x80, 0xBF)
            return true
        }
        switch byte {
        case 0x00...0x7F: return true
        case 0xC2...0xDF: self.missing = 1
        case 0xE0: (self.missing, self.low) = (2, 0xA0)  // no overlong forms
        case 0xE1...0xEC, 0xEE...0xEF: self.missing = 2
        case 0xED: (self.missing, self.high) = (2, 0x9F)  // no surrogates
        case 0xF0: (self.missing, self.low) = (3, 0x90)
        case 0xF1...0xF3: self.missing = 3
        case 0xF4: (self.missing, self.high) = (3, 0x8F)  // nothing above U+10FFFF
        default: return false
        }
        return true
    }
}
