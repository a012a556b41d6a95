/// The head of an HTTP/1.1 request that asks for a WebSocket (RFC 9112), as the client wrote it.
public struct WebSocketRequest: Sendable, Equatable {
    /// `GET`, as written.
    public let method: String
    /// The request target: path and query.
    public let target: String
    /// Field names in lower case, in the order of the wire.
    public let fields: [(name: String, value: String)]

    /// The target without its query.
    public var path: String { String(self.target.prefix { $0 != "?" }) }

    /// All values of a field, joined by commas as RFC 9110 §5.3 allows; `nil` when it is absent.
    public subscript(name: String) -> String? {
        let values = self.fields.filter { $0.name == name }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: name == "cookie" ? "; " : ", ")
    }

    public static func == (left: WebSocketRequest, right: WebSocketRequest) -> Bool {
        left.method == right.method && left.target == right.target
            && left.fields.elementsEqual(right.fields) { $0 == $1 }
    }

    /// Whether a comma-separated field holds a token, letter case aside.
    func has(_ token: String, in name: String) -> Bool {
        (self[name] ?? "").split(separator: ",").contains { Self.trimmed($0).lowercased() == token }
    }

    /// Reads a whole head, the empty line left out. Strict: no folded lines, no space before a colon, no bare control
    /// characters — what is doubtful is refused, because another proxy may have read it differently.
    ///
    /// - Returns: `nil` for anything that is not a well-formed head of HTTP/1.1.
    init?(parsing head: some Collection<UInt8>) {
        guard head.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x0D || $0 == 0x0A || $0 == 0x09 }) else {
            return nil
        }
        var lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
        guard !lines.contains(where: { $0.contains("\r") || $0.contains("\n") }) else { return nil }
        let request = lines.removeFirst().split(separator: " ", omittingEmptySubsequences: false)
        guard request.count == 3, request[2] == "HTTP/1.1", request[1].hasPrefix("/"), !request[0].isEmpty else {
            return nil
        }
        var fields: [(name: String, value: String)] = []
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { return nil }
            let name = line[..<colon]
            guard name.utf8.allSatisfy(Self.isTokenByte) else { return nil }
            fields.append((name.lowercased(), Self.trimmed(line[line.index(after: colon)...])))
        }
        self.method = String(request[0])
        self.target = String(request[1])
        self.fields = fields
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }

    /// The characters of a token, RFC 9110 §5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
