/// The words that Python's `json` writes for numbers that are none. JSON has no such words (RFC 8259 §6).
enum JSONWords {
    private static let words: [[UInt8]] = ["-Infinity", "Infinity", "NaN"].map { Array($0.utf8) }

    /// The same text with each of these words, where a value stands, as a string; nil when there is none of them.
    static func quoted(_ json: [UInt8]) -> [UInt8]? {
        var quoted: [UInt8] = []
        var isInString = false
        var isEscaped = false
        var hasFound = false
        var rest = json[...]
        while let byte = rest.first {
            if !isInString, let word = self.words.first(where: { rest.starts(with: $0) }) {
                hasFound = true
                quoted += [UInt8(ascii: "\"")] + word + [UInt8(ascii: "\"")]
                rest.removeFirst(word.count)
                continue
            }
            if isInString {
                if byte == UInt8(ascii: "\""), !isEscaped { isInString = false }
                isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            }
            quoted.append(byte)
            rest.removeFirst()
        }
        return hasFound ? quoted : nil
    }
}
