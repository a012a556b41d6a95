/// Text for places that hold one line: a title, a subject, a preview.
enum OneLine {
    /// - Returns: `text` with each run of white space and control characters as one space, cut to `limit` characters
    ///   with `…` where something is missing.
    static func text(_ text: String, limit: Int) -> String {
        if self.isPlain(text, limit: limit) { return text }
        var result = ""
        var count = 0
        var isGap = false
        for character in text {
            let isBlank =
                character.isWhitespace
                || character.unicodeScalars.allSatisfy { scalar in
                    let category = scalar.properties.generalCategory
                    // `format` holds the marks that turn the direction of text: a name must not rewrite a line.
                    return category == .control || (category == .format && scalar.value != 0x200D)
                }
            if isBlank {
                isGap = !result.isEmpty
                continue
            }
            if count + (isGap ? 1 : 0) >= limit { return result + "…" }
            if isGap {
                result.append(" ")
                count += 1
                isGap = false
            }
            result.append(character)
            count += 1
        }
        return result
    }

    /// Most names and messages: nothing to replace and nothing to cut.
    private static func isPlain(_ text: String, limit: Int) -> Bool {
        var wasSpace = true
        for byte in text.utf8 {
            guard byte >= 0x20, byte < 0x7F, byte != 0x20 || !wasSpace else { return false }
            wasSpace = byte == 0x20
        }
        return text.utf8.count <= limit && (!wasSpace || text.isEmpty)
    }
}
