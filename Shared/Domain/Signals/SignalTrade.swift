/// The trade of a signal, as far as a result is measured against it.
public struct SignalTrade: Sendable {
    public let symbol: TradeSymbol
    public let side: TradeSide
    public let entry: Double

    public init(symbol: TradeSymbol, side: TradeSide, entry: Double) {
        self.symbol = symbol
        self.side = side
        self.entry = entry
    }

    /// - Parameters: What a result says of its trade; nil where it says nothing.
    /// - Throws: ``SignalRefusal/otherTrade(_:)``
    public func mustBe(symbol: TradeSymbol?, side: TradeSide?) throws(SignalRefusal) {
        guard symbol.map({ $0.normal == self.symbol.normal }) ?? true, side.map({ $0 == self.side }) ?? true else {
            throw .otherTrade("\(self.symbol.normal) \(self.side.rawValue)")
        }
    }

    /// - Throws: ``SignalRefusal`` when a trade that ended at `exit` cannot have had this result. At the entry itself both a
    ///   win and a loss can be: costs decide.
    public func check(_ result: SignalOutcome.Result, exit: Double) throws(SignalRefusal) {
        // A small coin may well end at three times its entry, or at a tenth of it; a distance is another size altogether.
        if exit < self.entry / 20 || exit > self.entry * 20 { throw .looksLikePips(.exit, exit) }
        let move = self.side == .buy ? exit - self.entry : self.entry - exit
        switch result {
        case .win where move < 0, .loss where move > 0: throw .resultContradictsExit(result, self.side)
        case .win, .loss, .timeout, .pending: break
        }
    }

    /// Won or, below zero, lost at `exit`, to a tenth; nil when we do not know the instrument's pip.
    public func pips(at exit: Double) -> Double? {
        guard let pip = Instrument.pip(of: self.symbol) else { return nil }
        let move = self.side == .buy ? exit - self.entry : self.entry - exit
        // Zero without a sign.
        return (move / pip * 10).rounded() / 10 + 0
    }
}
