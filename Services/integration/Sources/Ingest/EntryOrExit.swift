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
            // Patterns stand under `signal_type` too: CLOSE_ABOVE_EMA, FLAT_TOP_BREAKOUT. There only whole words count.
            let closes = name == "signal_type" ? Self.closings.contains(word) : Self.closes(word)
            if closes || Self.notices.contains(word) { return "\(name) \(word) opens no trade" }
        }
        if let deal = Self.deal(document), deal == "1" || deal == "3" || deal.hasPrefix("out") {
            return "a deal that goes out opens no trade"
        }
        for name in ["reduce_only", "reduceOnly", "is_exit", "close_position", "closePosition"] {
            if let field = document[name], let word = try? EngineDocument.text(field),
                ["true", "yes", "1"].contains(word.lowercased())
            {
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
        // A flat field is text whatever it says: 3 is a price there.
        return document["entry"]?.value.string.map(self.word).flatMap { $0.hasPrefix("out") ? $0 : nil }
    }

    private static func word(_ text: String) -> String {
        let word = self.normal(text)
        return word.hasPrefix("deal_entry_") ? String(word.dropFirst(11)) : word
    }

    private static func normal(_ word: String) -> String {
        String(word.lowercased().filter { !$0.isWhitespace }.map { "- .".contains($0) ? "_" : $0 })
    }

    /// What says nothing but that a trade ends.
    private static let closings: Set<String> = [
        "exit", "close", "closed", "flat", "exit_long", "exit_short", "close_long", "close_short", "exitlong",
        "exitshort",
        "closelong", "closeshort", "close_all", "closeall", "exit_fill", "exit_cancel", "entry_cancel", "cancel",
        "cancelled",
        "canceled", "take_profit", "stop_loss", "stopped_out", "partial_exit", "partial_close", "tp_hit", "sl_hit",
    ]

    /// By its first part (`exit_fill`, `close_long`, `closelong`), or its last (`entry_cancel`, `tp_hit`).
    private static func closes(_ word: String) -> Bool {
        let parts = word.split(separator: "_").map(String.init)
        guard let first = parts.first, let last = parts.last else { return false }
        let isClose = [
            "exit", "close", "closed", "closing", "flat", "flatten", "reduce", "cancel", "cancelled", "canceled",
        ]
        return isClose.contains(first)
            || ["exitlong", "exitshort", "closelong", "closeshort", "closeall"].contains(first)
            || ["cancel", "cancelled", "canceled", "hit", "expired", "closed", "exit"].contains(last)
            // The close of a bar or of a session is when a signal is made.
            || ["close", "closing"].contains(last)
                && ["position", "trade", "order", "deal", "long", "short"].contains(first)
            || Self.closings.contains(word) || ["sl", "tp", "sltp"].contains(word)
    }

    /// What freqtrade tells beside trades.
    private static let notices: Set<String> = [
        "status", "startup", "warning", "exception", "protection_trigger", "protection_trigger_global",
        "liquidation_warning", "strategy_msg", "whitelist", "analyzed_df", "new_candle",
    ]
}
