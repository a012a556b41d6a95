import Domain
import Testing

struct SignalTradeTests {
    private func trade(_ symbol: String, _ side: TradeSide, _ entry: Double) throws -> SignalTrade {
        SignalTrade(symbol: try TradeSymbol(symbol), side: side, entry: entry)
    }

    @Test(
        "pips are counted by our own table, whichever digits a broker's feed has",
        arguments: [
            ("EURUSD", TradeSide.buy, 1.0842, 1.0883, 41.0), ("EURUSD.r", .sell, 1.0842, 1.0883, -41.0),
            ("USDJPY", .buy, 154.32, 154.02, -30), ("OANDA:XAUUSD", .buy, 2671.4, 2674.9, 35),
            ("US30", .sell, 44000, 43950.5, 49.5),
            ("XAGUSDm", .buy, 30, 30.25, 25), ("EURUSD", .buy, 1.1, 1.1, 0),
        ])
    func pips(symbol: String, side: TradeSide, entry: Double, exit: Double, pips: Double) throws {
        #expect(try self.trade(symbol, side, entry).pips(at: exit) == pips)
    }

    @Test(
        "of what we do not know none are made up",
        arguments: ["BTC/USDT", "NQ1!", "XWORD", "AAPL", "BTCUSD", "EURUSDT"])
    func unknown(symbol: String) throws { #expect(try self.trade(symbol, .buy, 10).pips(at: 11) == nil) }

    @Test(
        "a result and an exit that cannot both be true are refused",
        arguments: [
            (TradeSide.buy, SignalOutcome.Result.win, 1.09), (.buy, .loss, 1.11), (.sell, .win, 1.11),
            (.sell, .loss, 1.09),
        ])
    func contradiction(side: TradeSide, result: SignalOutcome.Result, exit: Double) throws {
        let trade = try self.trade("EURUSD", side, 1.1)
        #expect(throws: SignalRefusal.resultContradictsExit(result, side)) { try trade.check(result, exit: exit) }
        try trade.check(.timeout, exit: exit)
        try trade.check(result, exit: 1.1)
    }

    @Test("an exit that is a distance is refused")
    func distance() throws {
        let trade = try self.trade("EURUSD", .buy, 1.1)
        #expect(throws: SignalRefusal.looksLikePips(.exit, 41)) { try trade.check(.win, exit: 41) }
        // What really happens to a small coin is no distance.
        let coin = try self.trade("PEPEUSDT", .buy, 1.0)
        try coin.check(.win, exit: 3.5)
        try coin.check(.loss, exit: 0.2)
    }

    @Test("a result of another trade is refused by name")
    func other() throws {
        let trade = try self.trade("EURUSD", .buy, 1.1)
        try trade.mustBe(symbol: TradeSymbol("EUR/USD"), side: nil)
        #expect(throws: SignalRefusal.otherTrade("EURUSD BUY")) {
            try trade.mustBe(symbol: TradeSymbol("GBPUSD"), side: nil)
        }
        #expect(throws: SignalRefusal.otherTrade("EURUSD BUY")) { try trade.mustBe(symbol: nil, side: .sell) }
    }

    @Test("a loss with pips won, and a win with pips lost, is no outcome")
    func pipsAgainstResult() throws {
        let id = try SignalID("s1")
        #expect(throws: SignalRefusal.pipsContradictResult(.loss)) {
            try SignalOutcome(signalID: id, result: .loss, pips: 25)
        }
        #expect(throws: SignalRefusal.pipsContradictResult(.win)) {
            try SignalOutcome(signalID: id, result: .win, pips: -1)
        }
        #expect(try SignalOutcome(signalID: id, result: .timeout, pips: -1).pips == -1)
    }
}
