/// Header values that cannot break out of their line.
enum MailHeader {
    /// `Name: value`, folded, with RFC 2047 encoded words where the value is not plain ASCII.
    static func field(_ name: String, _ value: String) throws(MailMessageError) -> String {
        try self.refuseControls(value, header: name)
        guard self.needsEncoding(value) else { return self.fold("\(name): \(value)") }
        return "\(name): \(self.encodedWords(value, firstLine: name.utf8.count + 2))"
    }

    /// `"Name" <address>`.
    static func mailbox(_ mailbox: MailMessage.Mailbox, header: String) throws(MailMessageError) -> String {
        guard let name = mailbox.name, !name.isEmpty else { return mailbox.address.rawValue }
        try self.refuseControls(name, header: header)
        if self.needsEncoding(name) || name.utf8.count > 64 {
            return "\(self.encodedWords(name, firstLine: header.utf8.count + 2))\r\n <\(mailbox.address.rawValue)>"
        }
        let quoted = name.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        return "\"\(quoted)\" <\(mailbox.address.rawValue)>"
    }

    private static func refuseControls(_ value: String, header: String) throws(MailMessageError) {
        // The category `control` is U+0000–U+001F and U+007F–U+009F, for ever.
        guard !value.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) else {
            throw .controlCharacter(header: header)
        }
    }

    /// Text that could be read as an encoded word is encoded too, or the reader would decode what nobody wrote.
    private static func needsEncoding(_ value: String) -> Bool {
        var length = 0
        var previous = UInt8(ascii: " ")
        for byte in value.utf8 {
            if byte < 0x20 || byte >= 0x7F || (byte == UInt8(ascii: "?") && previous == UInt8(ascii: "=")) {
                return true
            }
            length = byte == 0x20 ? 0 : length + 1
            if length > 900 { return true }
            previous = byte
        }
        return value.utf8.first == 0x20 || value.utf8.last == 0x20
    }

    /// Breaks before a space when a line passes 78 characters (RFC 5322 §2.1.1).
    private static func fold(_ line: String) -> String {
        guard line.utf8.count > 78 else { return line }
        var result = ""
        var length = 0
        for (index, word) in line.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
            // A line of white space only is not allowed: an empty word stays on its line.
            if index > 1, length + 1 + word.utf8.count > 78, !word.isEmpty {
                result += "\r\n"
                length = 0
            }
            if index > 0 { result += " " }
            result += word
            length += word.utf8.count + 1
        }
        return result
    }

    /// RFC 2047: each word at most 75 characters and made of whole characters.
    private static func encodedWords(_ value: String, firstLine: Int) -> String {
        var words: [String] = []
        var chunk: [UInt8] = []
        // 45 bytes are 60 characters of base64; with “=?UTF-8?B?” and “?=” that is 72. The first line holds the name too.
        var room = max(3, min(45, (75 - 12 - firstLine) / 4 * 3))
        for scalar in value.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if chunk.count + bytes.count > room, !chunk.isEmpty {
                words.append(self.word(chunk))
                chunk = []
                room = 45
            }
            chunk += bytes
        }
        words.append(self.word(chunk))
        return words.joined(separator: "\r\n ")
    }

    private static func word(_ bytes: [UInt8]) -> String { "=?UTF-8?B?\(Base64.encode(bytes))?=" }
}

/// RFC 4648 §4, for encoded words.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << (8 * (3 - UInt32(group.count)))
            for position in 0..<4 {
                let isPadding = position > group.count
                let index = Int(bits >> (18 - 6 * UInt32(position)) & 63)
                result.append(isPadding ? UInt8(ascii: "=") : self.alphabet[index])
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
