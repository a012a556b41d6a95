extension [UInt8] {
    /// Appends the text's UTF-8: what is made for every message costs less so than by interpolation.
    mutating func write(_ text: String) { self.append(contentsOf: text.utf8) }

    /// The same behind a space.
    mutating func writeWord(_ text: String) {
        self.append(UInt8(ascii: " "))
        self.write(text)
    }
}

/// Takes words off a header line: separated by exactly one space, never empty.
struct HeaderWords {
    private let line: UnsafeRawBufferPointer
    private var offset = 0

    init(_ line: UnsafeRawBufferPointer) {
        self.line = line
    }

    /// Whether the last word has been taken.
    var isAtEnd: Bool { self.offset > self.line.count }

    /// The next word; nil when there is none, or an empty one.
    mutating func next() -> String? {
        guard self.offset < self.line.count else { return nil }
        let rest = UnsafeRawBufferPointer(rebasing: self.line[self.offset...])
        let length = rest.firstIndex(of: UInt8(ascii: " ")) ?? rest.count
        guard length > 0 else { return nil }
        self.offset += length + 1
        let word = UnsafeRawBufferPointer(rebasing: rest[..<length]).bindMemory(to: UInt8.self)
        guard let valid = try? UTF8Span(validating: word.span) else { return nil }
        return String(copying: valid)
    }

    /// The next word, which is `-` for nothing.
    ///
    /// - Returns: nil without a next word; `.some(nil)` for `-`.
    mutating func nextOrNone() -> String?? {
        guard let word = self.next() else { return nil }
        return .some(word == "-" ? nil : word)
    }

    /// The next word as a number from 0, or `-` for none.
    ///
    /// - Returns: nil when it is neither.
    mutating func nextSequence() -> Int?? {
        guard let word = self.nextOrNone() else { return nil }
        guard let word else { return .some(nil) }
        guard let number = Int(word), number >= 0 else { return nil }
        return number
    }
}
