/// RFC 2045 §6.7.
enum QuotedPrintable {
    private static let hex = Array("0123456789ABCDEF".utf8)

    /// - Returns: Lines of at most 76 characters, joined by CRLF; `\n` and `\r\n` of the text become line breaks.
    static func encode(_ text: String) -> String {
        var result: [UInt8] = []
        self.append(text, to: &result)
        return String(decoding: result, as: UTF8.self)
    }

    /// Appends what ``encode(_:)`` returns.
    static func append(_ text: String, to result: inout [UInt8]) {
        var text = text
        text.withUTF8 { bytes in
            // The last line break ends the last line; it does not begin another.
            let end = bytes.last == UInt8(ascii: "\n") ? bytes.count - 1 : bytes.count
            var start = 0
            while true {
                var stop = start
                while stop < end, bytes[stop] != UInt8(ascii: "\n") { stop += 1 }
                let isReturn = stop > start && bytes[stop - 1] == 0x0D
                self.append(
                    line: UnsafeBufferPointer(rebasing: bytes[start..<(isReturn ? stop - 1 : stop)]), to: &result)
                guard stop < end else { return }
                result.append(0x0D)
                result.append(0x0A)
                start = stop + 1
            }
        }
    }

    private static func append(line: UnsafeBufferPointer<UInt8>, to result: inout [UInt8]) {
        var length = 0
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            // Relays strip white space at the end of a line.
            let isPlain =
                (byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "=")) || ((byte == 0x20 || byte == 0x09) && !isLast)
            let width = isPlain ? 1 : 3
            if length + width > (isLast ? 76 : 75) {
                result.append(UInt8(ascii: "="))
                result.append(0x0D)
                result.append(0x0A)
                length = 0
            }
            if isPlain {
                result.append(byte)
            } else {
                result.append(UInt8(ascii: "="))
                result.append(self.hex[Int(byte >> 4)])
                result.append(self.hex[Int(byte & 15)])
            }
            length += width
        }
    }
}
