import Domain
import JSON

/// Whether an entry of an engine opens a trade. Sources send their closes, cancels and notices the same way as their entries;
/// a close of a long says “sell”, and would be a new short on everybody's screen.
enum EntryOrExit {
    /// Why the entry is no signal, and no fault either; nil when it opens a trade.
    static func reasonToSkip(_ document: EngineDocument) throws(EngineRefusal) -> String? {
        for name in ["type", "event", "event_type", "action", "signal_type", "direction", "side"] {
            // Some envelopes hold an object under these names.
            guard let field = document[name], let word = field.value.string.map(Self.normal) else { continue }
            if Self.closes(word) || Self.notices.contains(word) { return "\(name) \(word) opens no trade" }
        }
        if let deal = Self.deal(document), deal == "1" || deal == "3" || deal.hasPrefix("out") {
            return "a deal that goes out opens no trade"
        }
        for name in ["reduce_only", "reduceOnly", "is_exit", "close_position", "closePosition"] {
            if let field = document[name], let word = try? EngineDocument.text(field), word.lowercased() == "true" {
                return "\(name) opens no trade"
            }
        }
        return try Self.reasonByPosition(document)
    }

    /// TradingView says where the strategy stands after the order: flat after a close, still long after part of one.
    private static func reasonByPosition(_ document: EngineDocument) throws(EngineRefusal) -> String? {
        guard let position = try EngineDocument.text(document["market_position"])?.lowercased() else { return nil }
        if position == "flat" { return "market_position flat opens no trade" }
        guard let stands = TradeSide(engine: position),
            let goes = try EngineDocument.text(document["direction", "side", "action", "order_side"])
                .flatMap({ TradeSide(engine: $0) })
        else { return nil }
        return stands == goes ? nil : "\(goes.rawValue) while the position is \(position) opens no trade"
    }

    /// MetaTrader's `entry` of a deal, as number (0 in, 1 out, 2 reversal, 3 out by another) or word. Elsewhere `entry` is a
    /// price, so there only its words count.
    private static func deal(_ document: EngineDocument) -> String? {
        if let field = document["deal_entry"], let text = try? EngineDocument.text(field) { return self.word(text) }
        return document["entry"]?.value.string.map(self.word)
    }

    private static func word(_ text: String) -> String {
        let word = self.normal(text)
        return word.hasPrefix("deal_entry_") ? String(word.dropFirst(11)) : word
    }

    private static func normal(_ word: String) -> String {
        String(word.lowercased().filter { !$0.isWhitespace }.map { "- .".contains($0) ? "_" : $0 })
    }

    /// By its first part (`exit_fill`, `close_long`, `closelong`), or its last (`entry_cancel`, `tp_hit`).
    private static func closes(_ word: String) -> Bool {
        let parts = word.split(separator: "_").map(String.init)
        guard let first = parts.first, let last = parts.last else { return false }
        let isClose = [
            "exit", "close", "closed", "closing", "flat", "flatten", "reduce", "cancel", "cancelled", "canceled",
        ]
        return isClose.contains(first)
            || ["exitlong", "exitshort", "closelong", "closeshort", "closeall"].contains(first)
            || ["cancel", "cancelled", "canceled", "hit", "expired", "closed"].contains(last)
    }

    /// What freqtrade tells beside trades.
    private static let notices: Set<String> = [
        "status", "startup", "warning", "exception", "protection_trigger", "protection_trigger_global",
        "liquidation_warning", "strategy_msg", "whitelist", "analyzed_df", "new_candle",
    ]
}
