internal import NIOCore

// `WRONGTYPE` says what is wrong and not where: without the key nobody can mend it.

extension RedisError {
    /// The same error with the keys of its command, when it is about one of them.
    func naming(_ keys: @autoclosure () -> [String]) -> RedisError {
        guard case .server(let error) = self, error.kind == .wrongType else { return self }
        let keys = keys()
        guard !keys.isEmpty, !keys.contains(where: { error.message.hasSuffix($0) }) else { return self }
        let names = keys.joined(separator: ", ")
        return .server(
            RedisServerError("\(error.description); \(keys.count == 1 ? "key" : "one of the keys") \(names)"))
    }
}

extension Result<RedisValue, RedisError> {
    /// The same result, its error with the keys.
    func naming(_ keys: @autoclosure () -> [String]) -> Result {
        if case .failure(let error) = self { .failure(error.naming(keys())) } else { self }
    }
}

extension RedisCommand {
    /// The keys that it reads or writes; only asked for when it failed.
    var keys: [String] {
        let words = self.words
        switch words.first?.uppercased() {
        case "XREAD", "XREADGROUP":
            guard let streams = words.firstIndex(where: { $0.uppercased() == "STREAMS" }) else { return [] }
            let rest = words[(streams + 1)...]
            return Array(rest.prefix(rest.count / 2))
        case "XINFO", "XGROUP", "OBJECT", "MEMORY": return Array(words.dropFirst(2).prefix(1))
        case "EVALSHA", "EVAL", "FCALL":
            return Array(words.dropFirst(3).prefix(words.count > 2 ? Int(words[2]) ?? 0 : 0))
        default: return Array(words.dropFirst().prefix(1))
        }
    }

    /// The command again as it was given, from its RESP form.
    private var words: [String] {
        var rest = self.bytes
        var words: [String] = []
        while let line = rest.readLine() {
            guard line.hasPrefix("$"), let length = Int(line.dropFirst()) else { continue }
            guard let word = rest.readString(length: length) else { break }
            words.append(word)
            rest.moveReaderIndex(forwardBy: min(2, rest.readableBytes))
        }
        return words
    }
}

extension ByteBuffer {
    fileprivate mutating func readLine() -> String? {
        guard let end = self.readableBytesView.firstIndex(of: UInt8(ascii: "\r")) else { return nil }
        let line = self.readString(length: end - self.readerIndex)
        self.moveReaderIndex(forwardBy: min(2, self.readableBytes))
        return line
    }
}
