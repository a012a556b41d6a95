/// The name of an instrument: as its source writes it, and in the form in which two spellings of one are compared.
public struct TradeSymbol: Hashable, Sendable {
    /// `EURUSD.r`: what is shown and copied, because it is what a person types at the broker.
    public let written: String
    /// `EURUSD`: without the exchange in front, the broker's ending and the signs between, in capitals.
    public let normal: String

    /// - Parameter text: 1–32 printable characters of ASCII, blanks inside included; none of `<>{}"\` and the grave accent.
    ///   Other letters are refused: some look the same, and some become another letter in capitals (`ſ`).
    /// - Throws: ``SignalRefusal/malformedSymbol(_:)``
    public init(_ text: String) throws(SignalRefusal) {
        let bytes = Array(text.utf8)
        guard (1...32).contains(bytes.count), bytes.allSatisfy(Self.mayStand), bytes.first != UInt8(ascii: " "),
            bytes.last != UInt8(ascii: " ")
        else { throw .malformedSymbol(excerpt(of: text)) }
        self.written = text
        self.normal = Self.normal(text)
    }

    private static func mayStand(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) && !#"<>{}"\`"#.utf8.contains(byte)
    }

    /// A text of ASCII in its form for comparison.
    public static func normal(_ text: String) -> String {
        var name = text.filter { $0 != " " }[...]
        // `OANDA:EURUSD`; not `BTC/USDT:USDT`, which is settled in what stands behind.
        if let colon = name.firstIndex(of: ":"), !name[..<colon].contains("/"),
            CurrencyPair(name[..<colon])?.rest.isEmpty != true
        {
            let rest = name[name.index(after: colon)...]
            if !rest.isEmpty { name = rest }
        }
        if name.first == "#", name.count > 1 { name.removeFirst() }
        if let pair = CurrencyPair(name) {
            if Self.isBrokersEnding(pair.rest), !pair.isPerpetual { return pair.base + pair.quote }
            if pair.rest.first == ":" { return pair.base + pair.quote + capitals(pair.rest) }
        }
        for index in Self.indices where capitals(name).hasPrefix(index) {
            if Self.isBrokersEnding(name.dropFirst(index.count)) { return index }
        }
        return capitals(name)
    }

    /// `.r`, `m`, `#`, `.SIM`, `+`; not what makes another instrument: `-PERP`, `H27`.
    private static func isBrokersEnding(_ rest: Substring) -> Bool {
        guard let first = rest.first else { return true }
        guard rest.count <= 6 else { return false }
        if ".#+_-!".contains(first) {
            let word = rest.dropFirst()
            return word.allSatisfy { $0.isLetter } && !["PERP", "SWAP"].contains(capitals(word))
        }
        return rest.allSatisfy { $0.isLowercase }
    }

    /// Whether it is an index, by a name that brokers give it.
    static func isIndex(_ normal: String) -> Bool { self.indices.contains(normal) }

    private static let indices = [
        "US30", "US100", "US500", "US2000", "NAS100", "USTEC", "SPX500", "SP500", "DJ30", "GER30", "GER40", "DE30",
        "DE40", "UK100", "FRA40", "EU50", "ESP35", "JP225", "JPN225", "HK50", "AUS200",
    ]
}

/// Two currencies, metals or coins at the beginning of a name, with or without a sign between them.
struct CurrencyPair {
    let base: String
    let quote: String
    /// What stands behind them.
    let rest: Substring

    static let fiat: Set<String> = [
        "USD", "EUR", "GBP", "JPY", "CHF", "AUD", "NZD", "CAD", "SEK", "NOK", "DKK", "SGD", "HKD", "CNH", "CNY", "ZAR",
        "MXN", "TRY", "PLN", "HUF", "CZK", "THB", "INR",
    ]
    static let metals: Set<String> = ["XAU", "XAG", "XPT", "XPD"]
    static let coins: Set<String> = [
        "USDT", "USDC", "BTC", "ETH", "LTC", "XRP", "BCH", "SOL", "ADA", "DOGE", "DOT", "BNB",
    ]
    private static let all = Self.fiat.union(Self.metals).union(Self.coins)

    init?(_ name: Substring) {
        for (base, behind) in Self.codes(at: name) {
            let second = behind.first.map { "/_-".contains($0) } == true ? behind.dropFirst() : behind
            for (quote, rest) in Self.codes(at: second) where quote != base {
                (self.base, self.quote, self.rest) = (base, quote, rest)
                return
            }
        }
        return nil
    }

    /// Whether an exchange's ending says that it is the future without an end: `BTCUSDT.P`, `BTCUSDT_UMCBL`. The same letters
    /// behind two currencies are a broker's.
    var isPerpetual: Bool {
        let endings: Set<String> = ["P", "PERP", "SWAP", "UMCBL", "DMCBL", "CMCBL"]
        return (Self.coins.contains(self.base) || Self.coins.contains(self.quote))
            && endings.contains(capitals(self.rest.dropFirst())) && self.rest.first.map { "._-".contains($0) } == true
    }

    /// The codes that may stand there, the longest first: `USDT` is not `USD` and a `t`. But `USDt` is, as brokers write it,
    /// and of `USDTRY` it is for the second code to say.
    private static func codes(at name: Substring) -> [(code: String, rest: Substring)] {
        [4, 3].compactMap { length in
            let letters = name.prefix(length)
            let isMixed = letters.contains(where: \.isLowercase) && letters.contains(where: \.isUppercase)
            guard letters.count == length, length == 3 || !isMixed else { return nil }
            let code = capitals(letters)
            return self.all.contains(code) ? (code, name.dropFirst(length)) : nil
        }
    }
}

/// ASCII only: beyond it capitals can be other letters.
private func capitals(_ text: some StringProtocol) -> String {
    String(
        decoding: text.utf8.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) ? $0 - 32 : $0 }, as: UTF8.self)
}
