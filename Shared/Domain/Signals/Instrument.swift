/// What we know of an instrument ourselves: brokers count its pips by the digits of their own feed, so that the same move
/// is a tenfold different number from one to the next.
public enum Instrument {
    /// What one pip is worth in the instrument's price; nil when we do not know.
    ///
    /// Currencies 0.0001, those counted in hundredths of a unit (JPY, HUF) 0.01; gold 0.1, silver 0.01; an index one point. Coins
    /// have no pip that all agree on.
    public static func pip(of symbol: TradeSymbol) -> Double? {
        if TradeSymbol.isIndex(symbol.normal) { return 1 }
        guard let pair = CurrencyPair(symbol.normal[...]), pair.rest.isEmpty, CurrencyPair.fiat.contains(pair.quote)
        else {
            return nil
        }
        switch pair.base {
        case "XAU": return 0.1
        case "XAG": return 0.01
        case let base where CurrencyPair.fiat.contains(base):
            switch pair.quote {
            case "JPY", "HUF": return 0.01
            case "CZK", "THB", "INR": return nil
            default: return 0.0001
            }
        default: return nil
        }
    }
}
