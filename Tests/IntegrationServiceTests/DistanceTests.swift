import Testing

@testable import IntegrationService

/// Numbers that are no prices, and fractions that are no percentages.
struct DistanceTests {
    @Test(
        "a stop or target farther from the entry than half of it looks like pips",
        arguments: [
            (#""entry_price":2671.4,"stop_loss":15"#, "stop_loss"), (#""entry_price":1.1,"sl":20"#, "stop_loss"),
            (#""entry_price":1.1,"take_profit":40"#, "take_profit"), (#""entry_price":1.1,"sl":0.2"#, "stop_loss"),
            (#""entry_price":154.3,"direction":"SELL","tp":30"#, "take_profit"),
        ])
    func pips(fields: String, name: String) {
        let reason = EngineSamples.refusal(fields)
        #expect(reason?.contains(name) == true && reason?.contains("looks like pips, not a price") == true)
    }

    @Test("half of it is a price yet", arguments: [#""entry_price":2,"sl":1,"tp":3"#, #""entry_price":30,"sl":20"#])
    func prices(fields: String) {
        #expect(EngineSamples.refusal(fields) == nil)
    }

    @Test("a confidence that may be a fraction is refused", arguments: ["0.87", "1", "0.01", #""0.87""#, "1.0"])
    func fraction(written: String) {
        #expect(EngineSamples.refusal(#""confidence":\#(written)"#)?.contains("fraction") == true)
    }

    @Test(
        "one of a source that says so is one",
        arguments: [("0.87", "87"), ("1", "100"), ("0.8740", "87.40"), ("0", "0")])
    func said(written: String, percent: String) throws {
        for scale in ["fraction", "0-1", "0..1"] {
            let data = try EngineSamples.decoded(#""confidence":\#(written),"confidence_scale":"\#(scale)""#)
            #expect(data["tcs"]?.written == percent)
        }
        #expect(
            EngineSamples.refusal(#""confidence":80,"confidence_scale":"fraction""#)?.contains("confidence") == true)
    }
}
