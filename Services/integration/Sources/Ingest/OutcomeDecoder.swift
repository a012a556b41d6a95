import Domain
import Redis
import WireContract

/// What became of a signal, and the JSON of it.
struct DecodedOutcome {
    let outcome: SignalOutcome
    /// The instrument and the side that it speaks of, where it says so.
    let symbol: TradeSymbol?
    let side: TradeSide?
    /// An ``OutcomePayload``.
    let json: [UInt8]

    /// An id that was used for two trades has the card of the first.
    func mustBe(of trades: SignalRegister.Trades) throws(EngineRefusal) {
        guard let trade = trades.first else { return }
        let words = trade.split(separator: " ")
        let id = self.outcome.signalID.rawValue
        if self.symbol.map({ $0.normal != words.first ?? "" }) == true
            || self.side.map({ $0.rawValue != words.last ?? "" }) == true
        {
            let said = [self.symbol?.normal, self.side?.rawValue].compactMap(\.self).joined(separator: " ")
            throw EngineRefusal("signal_id \(id) is \(trade), and the outcome speaks of \(said)")
        }
        if let other = trades.other, self.symbol == nil || (self.side == nil && other.hasPrefix(words.first ?? "")) {
            throw EngineRefusal(
                "signal_id \(id) is \(trade), and was used for \(other) as well: the outcome does not say which it means"
            )
        }
    }
}

/// Reads results of signals, by the names of the engine's tracker (`outcome`, `pips_result`, `exit_price`,
/// `resolution_time`) and a few others.
enum OutcomeDecoder {
    static func decode(_ entry: StreamEntry) throws(EngineRefusal) -> DecodedOutcome {
        let document = try EngineDocument(entry)
        guard let name = try EngineDocument.text(document["signal_id"]), let signalID = SignalName.identifier(name)
        else { throw EngineRefusal("signal_id is missing") }
        let result = try document.agreed(["outcome", "result"], Self.result) { $0 == $1 }
        guard let result else { throw document.missing("outcome", "result") }
        let pips = try document.optionalNumber("pips_result", "pips")
        let exit = try document.optionalNumber("exit_price", "close_price")
        // Not the entry's time in its place: the same result delivered twice would say two things.
        let resolvedAt = EngineTime(
            document, "resolved_at", "resolution_time", "timestamp", "datetime", "time", "close_date"
        ).moment
        let symbol = try EngineDocument.text(document["symbol", "pair"]).flatMap { try? TradeSymbol($0) }
        let side = try EngineDocument.text(document["direction"]).flatMap { TradeSide(engine: $0) }
        let outcome: SignalOutcome
        do {
            outcome = try SignalOutcome(
                signalID: signalID, result: result, pips: pips?.value, exitPrice: exit?.value, resolvedAt: resolvedAt)
        } catch {
            throw EngineRefusal("\(error)")
        }
        let bytes = OutcomePayload(
            signalID: signalID.rawValue, symbol: symbol?.written, direction: side?.rawValue, outcome: result.rawValue,
            pipsResult: pips?.digits, exitPrice: exit?.digits,
            // A number is shown as exactly as the prices of its card.
            exitPriceText: exit.flatMap { $0.isText ? $0.text : nil }, resolvedAt: resolvedAt?.rfc3339
        ).encoded
        guard bytes.count <= ChatCommand.largestOutcome else {
            throw EngineRefusal(
                "\(bytes.count) bytes for chat are more than the \(ChatCommand.largestOutcome) it takes")
        }
        return DecodedOutcome(outcome: outcome, symbol: symbol, side: side, json: bytes)
    }

    private static func result(_ field: EngineDocument.Field?) throws(EngineRefusal) -> SignalOutcome.Result? {
        guard let word = try EngineDocument.text(field) else { return nil }
        switch word.uppercased() {
        case "WON", "TP_HIT": return .win
        case "LOST", "SL_HIT": return .loss
        case "EXPIRED": return .timeout
        case let upper:
            guard let result = SignalOutcome.Result(rawValue: upper) else {
                throw EngineRefusal("outcome is “\(word.prefix(40))”, none of WIN, LOSS, TIMEOUT, PENDING")
            }
            return result
        }
    }
}
