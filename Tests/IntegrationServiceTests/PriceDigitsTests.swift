import JSON
import Testing

@testable import IntegrationService

/// Prices as their source wrote them.
struct PriceDigitsTests {
    @Test(
        "a price keeps its digits to the last zero, and never has an exponent",
        arguments: [
            ("1.10", "1.10", "1.10"), (#""1.10""#, "1.10", "1.10"), (#""1.1""#, "1.1", "1.1"),
            ("5.6e-07", "0.00000056", nil), (#""5.60e-07""#, "0.000000560", "0.000000560"), ("1E3", "1000", nil),
            ("1.2006999999999999", "1.2007", nil), ("0.30000000000000004", "0.3", nil),
            (#""1.2006999999999999""#, "1.2007", "1.2007"), ("2671.40", "2671.40", "2671.40"), ("18500", "18500", nil),
            ("12345678901", "12345678901", nil), ("9.99999999999", "10", nil),
            ("0.00001234567890", "0.00001234567890", "0.00001234567890"),
            ("1234567890123.45", "1234567890123", nil),
        ] as [(String, String, String?)])
    func digits(written: String, number: String, text: String?) throws {
        let data = try EngineSamples.decoded(#""entry_price":\#(written)"#)
        #expect(data["entry_price"]?.kind == .number && data["entry_price"]?.written == number)
        #expect(data["entry_price_text"]?.string == text)
    }

    @Test("stop, target and exit keep theirs")
    func others() throws {
        let data = try EngineSamples.decoded(#""entry_price":1.1,"sl":"1.0900","tp":1.120"#)
        #expect(data["stop_loss"]?.written == "1.0900" && data["stop_loss_text"]?.string == "1.0900")
        #expect(data["take_profit_text"]?.string == "1.120")
        let outcome = try EngineSamples.outcome(#""outcome":"WIN","exit_price":"1.12000""#)
        #expect(outcome["exit_price"]?.written == "1.12000" && outcome["exit_price_text"]?.string == "1.12000")
        #expect(try EngineSamples.outcome(#""outcome":"WIN","exit_price":1e-7"#)["exit_price"]?.written == "0.0000001")
    }
}
