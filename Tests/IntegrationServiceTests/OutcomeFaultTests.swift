import Testing

@testable import IntegrationService

/// Results that cannot be true.
struct OutcomeFaultTests {
    @Test(
        "a result that contradicts itself is refused",
        arguments: [#""outcome":"LOSS","pips_result":25"#, #""outcome":"WIN","pips_result":"-0.1""#])
    func contradiction(fields: String) {
        #expect {
            _ = try EngineSamples.outcome(fields)
        } throws: {
            ($0 as? EngineRefusal)?.reason.contains("pips") == true
        }
    }

    @Test("a timeout may have won or lost", arguments: ["12.5", "-3"])
    func timeout(pips: String) throws {
        #expect(
            try EngineSamples.outcome(#""outcome":"TIMEOUT","pips_result":\#(pips)"#)["pips_result"]?.written == pips)
    }

    @Test("chat hears which trade a result speaks of, where its source says so")
    func names() throws {
        let outcome = try EngineSamples.outcome(#""outcome":"WIN","symbol":"EUR/USD","direction":"long""#)
        #expect(outcome["symbol"]?.string == "EUR/USD" && outcome["direction"]?.string == "BUY")
        #expect(try EngineSamples.outcome(#""outcome":"WIN""#)["symbol"] == nil)
    }
}
