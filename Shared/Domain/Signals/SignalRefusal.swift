/// Why a proposed trade is not a signal.
public enum SignalRefusal: Error, Hashable, Sendable {
    /// One of the prices of a signal; the raw value is the field's name at the engine.
    public enum Price: String, Hashable, Sendable {
        case entry = "entry_price"
        case stop = "stop_loss"
        case target = "take_profit"
        case exit = "exit_price"
    }

    case malformedSymbol(String)
    case confidenceOutOfRange(Double)
    /// It may be meant as a part of one: 0.87 is 87 % to some sources, and nobody's 0.87 %.
    case confidenceLooksLikeFraction(Double)
    /// NaN or infinite.
    case priceNotFinite(Price)
    /// Zero or less.
    case priceNotPositive(Price)
    /// Farther from the entry than half of it: a distance that was taken for a price.
    case looksLikePips(Price, Double)
    /// The stop would end a winning trade.
    case stopOnWrongSide(TradeSide)
    /// The target would end a losing trade.
    case targetOnWrongSide(TradeSide)
    case malformedRiskReward(Double)
    case expiresBeforeIssue
    case malformedPips
    /// A loss that won pips, or a win that lost some.
    case pipsContradictResult(SignalOutcome.Result)
    /// A win that ended where the trade had lost, or the reverse.
    case resultContradictsExit(SignalOutcome.Result, TradeSide)
    /// The outcome is of another trade than the signal under its id, which is named.
    case otherTrade(String)
}

extension SignalRefusal: CustomStringConvertible {
    /// One sentence for the dead letter.
    public var description: String {
        switch self {
        case .malformedSymbol(let symbol): "symbol “\(symbol)” is not 1 to 32 printable characters"
        case .confidenceOutOfRange(let confidence): "confidence \(confidence) is not within 0 to 100"
        case .confidenceLooksLikeFraction(let confidence):
            "confidence \(confidence) may be a fraction; a source of fractions says \"confidence_scale\": \"fraction\""
        case .looksLikePips(let price, let value): "\(price.rawValue) \(value) looks like pips, not a price"
        case .priceNotFinite(let price): "\(price.rawValue) is not a finite number"
        case .priceNotPositive(let price): "\(price.rawValue) is not above zero"
        case .stopOnWrongSide(.buy): "stop_loss of a BUY is not below its entry_price"
        case .stopOnWrongSide(.sell): "stop_loss of a SELL is not above its entry_price"
        case .targetOnWrongSide(.buy): "take_profit of a BUY is not above its entry_price"
        case .targetOnWrongSide(.sell): "take_profit of a SELL is not below its entry_price"
        case .malformedRiskReward(let ratio): "risk_reward \(ratio) is not a finite number above zero"
        case .expiresBeforeIssue: "expires_at is not after timestamp"
        case .pipsContradictResult(let result):
            "outcome \(result.rawValue) contradicts pips_result \(result == .win ? "below" : "above") zero"
        case .resultContradictsExit(let result, let side):
            "outcome \(result.rawValue) of a \(side.rawValue) contradicts an exit_price "
                + "\((result == .win) == (side == .buy) ? "below" : "above") its entry"
        case .otherTrade(let trade): "the signal is \(trade), and the outcome speaks of another trade"
        case .malformedPips: "pips_result is not a finite number"
        }
    }
}
