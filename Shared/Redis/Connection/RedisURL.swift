/// The parts of a `REDIS_URL`.
struct RedisURL {
    var address: RedisConfiguration.Address
    var user: String?
    var password: String?
    var database = 0
    var isEncrypted = false
    var certificateAuthorityFile: String?

    init(_ url: String) throws(RedisError) {
        var rest = Substring(url)
        var query: [String: String] = [:]
        if let mark = rest.firstIndex(of: "?") {
            for pair in rest[rest.index(after: mark)...].split(separator: "&") {
                let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                query[String(sides[0])] = sides.count > 1 ? try Self.decode(sides[1]) : ""
            }
            rest = rest[..<mark]
        }
        if rest.hasPrefix("unix:") {
            rest = rest.dropFirst("unix:".count)
            if rest.hasPrefix("//") { rest = rest.dropFirst(2) }
            let path = try Self.decode(rest)
            guard path.hasPrefix("/") else { throw .invalidURL("unix: needs an absolute path") }
            self.address = .unixSocket(path)
            self.user = query["user"]
        } else {
            let scheme = rest.hasPrefix("rediss://") ? "rediss://" : "redis://"
            guard rest.hasPrefix(scheme) else { throw .invalidURL("expected redis://, rediss:// or unix:") }
            self.isEncrypted = scheme == "rediss://"
            rest = rest.dropFirst(scheme.count)
            if let at = rest.lastIndex(of: "@") {
                let sides = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                if !sides[0].isEmpty { self.user = try Self.decode(sides[0]) }
                if sides.count > 1 { self.password = try Self.decode(sides[1]) }
                rest = rest[rest.index(after: at)...]
            }
            if let slash = rest.firstIndex(of: "/") {
                let text = rest[rest.index(after: slash)...]
                if !text.isEmpty { self.database = try Self.number(text, 0...9_999, "database") }
                rest = rest[..<slash]
            }
            self.address = try Self.host(rest)
        }
        if let text = query["db"] { self.database = try Self.number(Substring(text), 0...9_999, "database") }
        self.password = self.password ?? query["password"]
        self.certificateAuthorityFile = query["ca_file"]
        for key in query.keys where !["db", "user", "password", "ca_file"].contains(key) {
            throw .invalidURL("unknown option \(key)")
        }
    }

    /// `name`, `name:port`, `[::1]` or `[::1]:port`.
    private static func host(_ text: Substring) throws(RedisError) -> RedisConfiguration.Address {
        var host = text
        var port = 6379
        let afterBracket = text.lastIndex(of: "]") ?? text.startIndex
        if let colon = text[afterBracket...].lastIndex(of: ":") {
            port = try self.number(text[text.index(after: colon)...], 1...65_535, "port")
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return .host(host.isEmpty ? "localhost" : String(host), port: port)
    }

    private static func number(
        _ text: Substring, _ range: ClosedRange<Int>, _ part: String
    ) throws(RedisError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw .invalidURL("\(part) must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// Undoes percent-encoding.
    private static func decode(_ text: Substring) throws(RedisError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let digits = String(rest.prefix(2)), digits.utf8.count == 2, let value = UInt8(digits, radix: 16)
            else {
                throw .invalidURL("a percent sign without two hexadecimal digits")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
