/// What became of a signal.
public struct SignalOutcome: Hashable, Sendable {
    /// The raw values are the engine's.
    public enum Result: String, CaseIterable, Codable, Hashable, Sendable {
        case win = "WIN"
        case loss = "LOSS"
        case timeout = "TIMEOUT"
        /// Not decided yet; may be followed by one of the others.
        case pending = "PENDING"
    }

    public let signalID: SignalID
    public let result: Result
    /// Won or, below zero, lost.
    public let pips: Double?
    public let exitPrice: Double?
    public let resolvedAt: Timestamp?

    /// - Throws: ``SignalRefusal`` when a number is not finite, the price not above zero, or the pips contradict
    ///   the result.
    public init(
        signalID: SignalID, result: Result, pips: Double? = nil, exitPrice: Double? = nil,
        resolvedAt: Timestamp? = nil
    ) throws(SignalRefusal) {
        if let pips, !pips.isFinite { throw .malformedPips }
        switch result {
        case .win: if let pips, pips < 0 { throw .pipsContradictResult(.win) }
        case .loss: if let pips, pips > 0 { throw .pipsContradictResult(.loss) }
        case .timeout, .pending: break
        }
        if let exitPrice, !exitPrice.isFinite { throw .priceNotFinite(.exit) }
        if let exitPrice, exitPrice <= 0 { throw .priceNotPositive(.exit) }
        self.signalID = signalID
        self.result = result
        self.pips = pips
        self.exitPrice = exitPrice
        self.resolvedAt = resolvedAt
    }
}
