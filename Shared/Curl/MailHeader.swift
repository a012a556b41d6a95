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
        guard !value.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw .controlCharacter(header: header)
        }
    }

    /// Text that could be read as an encoded word is encoded too, or the reader would decode what nobody wrote.
    private static func needsEncoding(_ value: String) -> Bool {
        !value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } || value.contains("=?")
            || value.split(separator: " ").contains { $0.utf8.count > 900 } || value.hasPrefix(" ")
            || value.hasSuffix(" ")
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

/// RFC 2045 §6.7.
enum QuotedPrintable {
    private static let hex = Array("0123456789ABCDEF".utf8)

    /// - Returns: Lines of at most 76 characters, joined by CRLF; `\n` and `\r\n` of the text become line breaks.
    static func encode(_ text: String) -> String {
        var result: [UInt8] = []
        let bytes = Array(text.utf8)
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // The last line break ends the last line; it does not begin another.
        if lines.count > 1, lines.last?.isEmpty == true { lines.removeLast() }
        for (index, line) in lines.enumerated() {
            if index > 0 { result += [0x0D, 0x0A] }
            self.append(line.last == 0x0D ? line.dropLast() : line, to: &result)
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func append(_ line: ArraySlice<UInt8>, to result: inout [UInt8]) {
        var length = 0
        for (index, byte) in zip(line.indices, line) {
            let isLast = index == line.endIndex - 1
            // Relays strip white space at the end of a line.
            let isPlain =
                (byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "=")) || ((byte == 0x20 || byte == 0x09) && !isLast)
            let width = isPlain ? 1 : 3
            if length + width > (isLast ? 76 : 75) {
                result += [UInt8(ascii: "="), 0x0D, 0x0A]
                length = 0
            }
            if isPlain {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "="), self.hex[Int(byte >> 4)], self.hex[Int(byte & 15)]]
            }
            length += width
        }
    }
}
