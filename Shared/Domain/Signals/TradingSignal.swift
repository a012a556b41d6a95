/// Which way a signal trades. The raw values are the engine's.
public enum TradeSide: String, CaseIterable, Codable, Hashable, Sendable {
    case buy = "BUY"
    case sell = "SELL"
}

/// How fast a signal trades. The raw values are the engine's.
public enum SignalClass: String, CaseIterable, Codable, Hashable, Sendable {
    case rapid = "RAPID"
    case sniper = "SNIPER"
}

/// A trade that the engine proposes. Whoever holds one knows that its numbers make sense together.
public struct TradingSignal: Hashable, Sendable {
    public let signalID: SignalID
    public let symbol: TradeSymbol
    public let side: TradeSide
    /// The engine's confidence, 0–100: the TCS.
    public let confidence: Double
    /// Prices are in the instrument's own unit.
    public let entry: Double
    /// Where the loss ends: below the entry when buying, above it when selling.
    public let stop: Double?
    /// Where the win is taken: above the entry when buying, below it when selling.
    public let target: Double?
    public let signalClass: SignalClass?
    /// The pattern the engine saw, `ORDER_BLOCK_BOUNCE`.
    public let pattern: String?
    /// The market session, `LONDON`.
    public let session: String?
    public let issuedAt: Timestamp
    /// When the signal is of no use any more; `nil` when the engine does not say.
    public let expiresAt: Timestamp?
    private let statedRiskReward: Double?

    /// - Throws: ``SignalRefusal``
    public init(
        signalID: SignalID, symbol: TradeSymbol, side: TradeSide, confidence: Double, entry: Double,
        stop: Double? = nil, target: Double? = nil, riskReward: Double? = nil, signalClass: SignalClass? = nil,
        pattern: String? = nil, session: String? = nil, issuedAt: Timestamp, expiresAt: Timestamp? = nil
    ) throws(SignalRefusal) {
        guard (0.0...100.0).contains(confidence) else { throw .confidenceOutOfRange(confidence) }
        guard confidence == 0 || confidence > 1 else { throw .confidenceLooksLikeFraction(confidence) }
        try checkPrice(entry, field: .entry)
        if let stop { try checkPrice(stop, field: .stop) }
        if let target { try checkPrice(target, field: .target) }
        if let stop, isFar(stop, from: entry) { throw .looksLikePips(.stop, stop) }
        if let target, isFar(target, from: entry) { throw .looksLikePips(.target, target) }
        if let stop, side == .buy ? stop >= entry : stop <= entry { throw .stopOnWrongSide(side) }
        if let target, side == .buy ? target <= entry : target >= entry { throw .targetOnWrongSide(side) }
        if let riskReward, !(riskReward.isFinite && riskReward > 0) { throw .malformedRiskReward(riskReward) }
        if let expiresAt, expiresAt <= issuedAt { throw .expiresBeforeIssue }
        self.signalID = signalID
        self.symbol = symbol
        self.side = side
        self.confidence = confidence
        self.entry = entry
        self.stop = stop
        self.target = target
        self.signalClass = signalClass
        self.pattern = pattern
        self.session = session
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.statedRiskReward = riskReward
    }

    /// What may be won for what may be lost: the engine's figure, or that of the prices; `nil` when neither is known.
    public var riskReward: Double? {
        if let statedRiskReward { return statedRiskReward }
        guard let stop, let target else { return nil }
        return abs(self.entry - target) / abs(self.entry - stop)
    }

    public func isExpired(at moment: Timestamp) -> Bool {
        self.expiresAt.map { moment >= $0 } ?? false
    }
}

private func checkPrice(_ price: Double, field: SignalRefusal.Price) throws(SignalRefusal) {
    guard price.isFinite else { throw .priceNotFinite(field) }
    guard price > 0 else { throw .priceNotPositive(field) }
}

/// Whether no trade goes so far: what stands there is a distance.
func isFar(_ price: Double, from entry: Double) -> Bool { abs(price - entry) > entry / 2 }
