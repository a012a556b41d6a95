import Domain
import JSON
import WireContract

/// An outcome on the card of its signal.
enum SignalResult {
    /// What an outcome says of its trade so that it finds the right card; the card says it already.
    private static let names: Set<String> = ["signal_id", "symbol", "direction"]

    /// An outcome as a card keeps it: measured against the signal, with pips by our own table where that knows the
    /// instrument. The engine's pips depend on the digits of its broker's feed.
    ///
    /// - Parameters:
    ///   - outcome: An object, checked before.
    ///   - data: The signal's data; of a signal that says too little nothing is measured.
    /// - Throws: ``SignalRefusal`` when the two cannot both be true.
    static func settled(_ outcome: [UInt8], on data: JSONValue) throws(SignalRefusal) -> [UInt8] {
        guard let fields = try? JSONValue.fields(parsing: outcome) else { return outcome }
        func value(_ name: String) -> JSONValue? { fields.first { $0.name == name }?.value }
        var pips: [UInt8]?
        if let symbol = data["pair"]?.string.flatMap({ try? TradeSymbol($0) }),
            let side = data["direction"]?.string.flatMap({ TradeSide(rawValue: $0) }),
            let entry = data["entry_price"]?.double,
            let result = value("outcome")?.string.flatMap({ SignalOutcome.Result(rawValue: $0) })
        {
            let trade = SignalTrade(symbol: symbol, side: side, entry: entry)
            try trade.mustBe(
                symbol: value("symbol")?.string.flatMap { try? TradeSymbol($0) },
                side: value("direction")?.string.flatMap { TradeSide(rawValue: $0) })
            if let exit = value("exit_price")?.double {
                try trade.check(result, exit: exit)
                pips = trade.pips(at: exit).map { Array("\($0)".utf8) }
            }
        }
        var kept = JSONWriter()
        for (name, value) in fields where !Self.names.contains(name) {
            kept.field(name, raw: name == "pips_result" ? pips ?? JSONWriter.compact(value) : JSONWriter.compact(value))
        }
        return kept.finish()
    }
}
