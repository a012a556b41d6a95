import Testing

@testable import IntegrationService

/// One thing under two names.
struct TwinTests {
    @Test(
        "twins that disagree are refused, and the reason names both",
        arguments: [
            (#""entry_price":1.1,"entry":1.2"#, "entry_price", "entry"),
            (#""symbol":"EURUSD","pair":"GBPUSD""#, "symbol", "pair"),
            (#""stop_loss":1.05,"sl":1.06"#, "stop_loss", "sl"),
            (#""take_profit":1.2,"tp":"1.21""#, "take_profit", "tp"),
            (#""confidence":80,"tcs":90"#, "tcs", "confidence"),
            (#""direction":"BUY","side":"SELL""#, "direction", "side"),
        ])
    func signal(fields: String, first: String, second: String) {
        let reason = EngineSamples.refusal(fields)
        #expect(reason?.contains("\(first) ") == true && reason?.contains("\(second) ") == true)
    }

    @Test(
        "twins that say the same are one, however they write it",
        arguments: [
            #""entry_price":1.1,"entry":"1.10""#, #""symbol":"EURUSD","pair":"EUR/USD""#,
            #""entry_price":1.1,"entry":0"#,
            #""direction":"BUY","side":"long""#, #""take_profit":1.2,"tp":[1.2,1.3]"#,
            #""symbol":"EURUSD","pair":"None""#,
            #""confidence":80,"tcs_score":"80.0""#, #""signal_class":"RAPID","pattern_class":"SNIPER""#,
        ])
    func same(fields: String) {
        #expect(EngineSamples.refusal(fields) == nil)
    }

    @Test(
        "the same for outcomes",
        arguments: [
            #""outcome":"WIN","result":"LOSS""#, #""outcome":"WIN","pips":10,"pips_result":12"#,
            #""outcome":"WIN","exit_price":1.2,"close_price":1.3"#,
        ])
    func outcome(fields: String) throws {
        #expect(throws: EngineRefusal.self) { _ = try EngineSamples.outcome(fields) }
        #expect(try EngineSamples.outcome(#""outcome":"WIN","result":"TP_HIT""#)["outcome"]?.string == "WIN")
    }

    @Test("a field that an entry holds twice is refused, written one by one as well")
    func flat() {
        let entry = SignalDecoderTests.entry([
            ("signal_id", "S1"), ("symbol", "EURUSD"), ("symbol", "GBPUSD"), ("direction", "BUY"),
            ("confidence", "80"), ("entry", "1.1"),
        ])
        #expect {
            _ = try SignalDecoder.decode(entry)
        } throws: {
            ($0 as? EngineRefusal)?.reason.contains("symbol twice") == true
        }
    }
}
