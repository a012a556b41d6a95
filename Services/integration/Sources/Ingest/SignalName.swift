import Domain

/// Makes the identifier of a signal from what the engine calls it. The same name always gives the same identifier, so
/// that an outcome finds its signal and a repeat its message.
enum SignalName {
    /// - Parameter name: Any text; kept as it is when it is an identifier (1–128 of A–Z a–z 0–9 _ - .). Otherwise
    ///   foreign characters become `_` and a digest of the whole name is appended, so that two names stay two.
    static func identifier(_ name: String) -> SignalID? {
        guard !name.isEmpty else { return nil }
        if let identifier = try? SignalID(name) { return identifier }
        let allowed = name.utf8.prefix(100).map { byte in
            (try? SignalID(String(decoding: [byte], as: UTF8.self))) == nil ? UInt8(ascii: "_") : byte
        }
        return try? SignalID(String(decoding: allowed, as: UTF8.self) + "-" + self.digest(name))
    }

    /// For a signal without a name: made from what it says, so that the same signal twice is one.
    static func derived(symbol: String, direction: String, entry: String, moment: String) -> SignalID? {
        self.identifier("UNNAMED_\(symbol)_\(direction)_\(self.digest("\(entry) \(moment)"))")
    }

    /// The id of a command; at most 128 bytes, as the contract asks.
    static func command(_ parts: [String]) -> String {
        let id = parts.joined(separator: ":")
        guard id.utf8.count > 128 else { return id }
        return String(decoding: id.utf8.prefix(111), as: UTF8.self) + ":" + self.digest(id)
    }

    /// FNV-1a, 64 bit (RFC draft-eastlake-fnv): names only, nothing here must withstand an attacker.
    static func digest(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
