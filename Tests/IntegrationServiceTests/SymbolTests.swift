import Testing

@testable import IntegrationService

/// Instruments as sources and brokers write them.
struct SymbolTests {
    @Test(
        "an ordinary instrument is shown as it is written",
        arguments: [
            "BTC/USDT:USDT", "NQ1!", "OANDA:EURUSD", "EURUSD#", "US 30", "^GSPC", "EURUSDm", "EURUSD.r", "#US30",
            "eurusd", "BRK.B", "M&M", "EUR/USD.SIM", "XAUUSD+",
        ])
    func shown(symbol: String) throws {
        let data = try EngineSamples.decoded(#""symbol":"\#(symbol)""#)
        #expect(data["pair"]?.string == symbol && data["symbol"]?.string == symbol)
    }

    @Test(
        "what nobody could read or type is refused, and no letter becomes another",
        arguments: ["EURUſD", "EUR\\u0000USD", "EUR\\nUSD", "€", "<b>", "A{B}", "EUR\\u202EUSD"])
    func refused(symbol: String) {
        #expect(EngineSamples.refusal(#""symbol":"\#(symbol)""#)?.contains("symbol") == true)
    }

    @Test("at most 32 characters")
    func length() {
        #expect(EngineSamples.refusal(#""symbol":"\#(String(repeating: "A", count: 32))""#) == nil)
        #expect(EngineSamples.refusal(#""symbol":"\#(String(repeating: "A", count: 33))""#)?.contains("symbol") == true)
    }

    @Test(
        "a rule matches whichever way the broker writes it",
        arguments: [
            ("EURUSD", "EURUSD.r"), ("EURUSD", "EURUSDm"), ("EURUSD", "OANDA:EURUSD"), ("EURUSD", "EUR/USD"),
            ("EUR/USD", "EURUSD#"), ("EURUSD.r", "eurusd"), ("US30", "US 30"), ("us30", "#US30.cash"),
            ("EUR*", "EUR/USD.SIM"),
            ("XAU*", "XAUUSDm"), ("OANDA:*", "OANDA:EURUSD"), ("BTC/USDT", "BTCUSDT"), ("BTC/*", "BTC/USDT:USDT"),
            ("BTC/USDT:USDT", "BTCUSDT:USDT"), ("EURUSD", "EURUSDc"), ("XAUUSD", "XAUUSDc"), ("EURUSD", "EURUSDt"),
            ("USDTRY", "USDTRY.r"), ("USD/THB", "USDTHB"), ("EURUSD", "EURUSD.p"), ("BTCUSDT", "btcusdt"),
            ("^GSPC", "^gspc"),
        ])
    func routed(rule: String, symbol: String) throws { #expect(try self.matches(rule, symbol)) }

    @Test(
        "and nothing else",
        arguments: [
            ("EURUSD", "EURUSDT"), ("BTC/USDT", "BTC/USDT:USDT"), ("BRK.A", "BRK.B"), ("EURUSD", "GBPUSD"),
            ("XAUUSD", "XAUUSDT"), ("EURUSD", "EURUSDH27"), ("NQ1!", "NQ2!"), ("BTCUSD", "BTC-USD-PERP"),
            ("BTCUSDT", "BTCUSDT.P"), ("BTCUSDT", "BTCUSDT_UMCBL"), ("EURUSD", "EURUSDC"),
        ])
    func notRouted(rule: String, symbol: String) throws { #expect(try !self.matches(rule, symbol)) }

    private func matches(_ rule: String, _ symbol: String) throws -> Bool {
        let rules = try RouteRules(
            parsing: Array(#"{"rules":[{"match":{"symbol":"\#(rule)"},"squads":["gold"]}],"otherwise":[]}"#.utf8))
        let answer = try SignalDecoder.decode(EngineSamples.entry(EngineSamples.signal(#""symbol":"\#(symbol)""#)))
        guard case .signal(let decoded) = answer else { return false }
        return !rules.squads(for: decoded, among: [try .init("gold")]).isEmpty
    }
}
