import Domain
import Testing

struct TradingSignalTests {
    @Test("a sound signal of either side is taken", arguments: [(TradeSide.buy, 1.09, 1.12), (.sell, 1.12, 1.09)])
    func sound(side: TradeSide, stop: Double, target: Double) throws {
        let signal = try make(side: side, stop: stop, target: target)
        #expect(signal.symbol.normal == "EURUSD" && signal.symbol.written == "eurusd")
        #expect(abs((signal.riskReward ?? 0) - abs(1.1 - target) / abs(1.1 - stop)) < 1e-9)
    }

    static let faults: [(TradeSide, Double, Double?, Double?, SignalRefusal)] = [
        (.buy, .nan, nil, nil, .priceNotFinite(.entry)), (.buy, .infinity, nil, nil, .priceNotFinite(.entry)),
        (.buy, 0, nil, nil, .priceNotPositive(.entry)), (.sell, -1.1, nil, nil, .priceNotPositive(.entry)),
        (.buy, 1.1, .nan, nil, .priceNotFinite(.stop)), (.buy, 1.1, -1, nil, .priceNotPositive(.stop)),
        (.buy, 1.1, nil, -.infinity, .priceNotFinite(.target)), (.buy, 1.1, nil, 0, .priceNotPositive(.target)),
        (.buy, 1.1, 1.1, nil, .stopOnWrongSide(.buy)), (.buy, 1.1, 1.2, nil, .stopOnWrongSide(.buy)),
        (.sell, 1.1, 1.1, nil, .stopOnWrongSide(.sell)), (.sell, 1.1, 1.0, nil, .stopOnWrongSide(.sell)),
        (.buy, 1.1, 1.0, 1.1, .targetOnWrongSide(.buy)), (.buy, 1.1, 1.0, 1.05, .targetOnWrongSide(.buy)),
        (.sell, 1.1, 1.2, 1.1, .targetOnWrongSide(.sell)), (.sell, 1.1, 1.2, 1.15, .targetOnWrongSide(.sell)),
    ]

    @Test("prices that make no sense together are refused by name", arguments: faults)
    func faulty(side: TradeSide, entry: Double, stop: Double?, target: Double?, refusal: SignalRefusal) {
        #expect(throws: refusal) { try make(side: side, entry: entry, stop: stop, target: target) }
        #expect(!refusal.description.isEmpty)
    }

    @Test("confidence is 0 to 100", arguments: [-0.1, 100.1, .infinity])
    func confidence(value: Double) {
        #expect(throws: SignalRefusal.confidenceOutOfRange(value)) { try make(confidence: value) }
    }

    @Test("a confidence that is no number is refused")
    func confidenceNaN() {
        #expect(throws: SignalRefusal.self) { try make(confidence: .nan) }
    }

    @Test("a confidence that may be a fraction is refused", arguments: [0.01, 0.87, 1])
    func fraction(value: Double) {
        #expect(throws: SignalRefusal.confidenceLooksLikeFraction(value)) { try make(confidence: value) }
    }

    @Test("a stop or target farther away than half the entry is a distance")
    func distances() {
        #expect(throws: SignalRefusal.looksLikePips(.stop, 20)) { try make(stop: 20) }
        #expect(throws: SignalRefusal.looksLikePips(.target, 0.5)) { try make(side: .sell, target: 0.5) }
    }

    @Test("the edges of confidence are inside", arguments: [0.0, 100.0])
    func confidenceEdges(value: Double) throws {
        #expect(try make(confidence: value).confidence == value)
    }

    @Test("a symbol is short printable text", arguments: ["", " ", " EURUSD", "EUR\nUSD", "€", "A{B}", "EURU\u{17F}D"])
    func symbols(symbol: String) throws {
        #expect(throws: SignalRefusal.self) { try make(symbol: symbol) }
        #expect(try make(symbol: "eur/usd").symbol.written == "eur/usd")
        #expect(try make(symbol: "EUR USD").symbol.normal == "EURUSD")
    }

    @Test("without stop and target there is no risk-reward, unless the engine states it")
    func riskReward() throws {
        #expect(try make().riskReward == nil)
        #expect(try make(riskReward: 1.8).riskReward == 1.8)
        #expect(throws: SignalRefusal.malformedRiskReward(0)) { try make(riskReward: 0) }
    }

    @Test("a signal expires at its moment, and not before it was made")
    func expiry() throws {
        let signal = try make(expiresAt: Timestamp(milliseconds: 2_000))
        #expect(!signal.isExpired(at: Timestamp(milliseconds: 1_999)))
        #expect(signal.isExpired(at: Timestamp(milliseconds: 2_000)))
        #expect(try !make().isExpired(at: Timestamp(milliseconds: .max)))
        #expect(throws: SignalRefusal.expiresBeforeIssue) { try make(expiresAt: Timestamp(milliseconds: 1_000)) }
    }

    @Test("an outcome has finite numbers")
    func outcomes() throws {
        let id = try SignalID("s1")
        #expect(try SignalOutcome(signalID: id, result: .loss, pips: -12.5).pips == -12.5)
        #expect(throws: SignalRefusal.malformedPips) { try SignalOutcome(signalID: id, result: .win, pips: .nan) }
        #expect(throws: SignalRefusal.priceNotPositive(.exit)) {
            try SignalOutcome(signalID: id, result: .win, exitPrice: 0)
        }
        #expect(throws: SignalRefusal.priceNotFinite(.exit)) {
            try SignalOutcome(signalID: id, result: .win, exitPrice: .infinity)
        }
    }

    @discardableResult
    private func make(
        symbol: String = "eurusd", side: TradeSide = .buy, confidence: Double = 84, entry: Double = 1.1,
        stop: Double? = nil, target: Double? = nil, riskReward: Double? = nil, expiresAt: Timestamp? = nil
    ) throws -> TradingSignal {
        try TradingSignal(
            signalID: SignalID("ELITE_RAPID_EURUSD_1756736885"), symbol: TradeSymbol(symbol), side: side,
            confidence: confidence,
            entry: entry, stop: stop, target: target, riskReward: riskReward,
            issuedAt: Timestamp(milliseconds: 1_000), expiresAt: expiresAt)
    }
}
