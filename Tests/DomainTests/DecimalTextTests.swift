import Domain
import Testing

struct DecimalTextTests {
    @Test(
        "a number keeps what was written, without an exponent",
        arguments: [
            ("1.10", "1.10"), ("-15.0", "-15.0"), ("0", "0"), ("0.000", "0.000"), ("5.6e-07", "0.00000056"),
            ("1.50E+3", "1500"), ("12.5e-1", "1.25"), ("0.05e2", "5"), ("1e-10", "0.0000000001"), ("100e-2", "1.00"),
            ("-1e-05", "-0.00001"),
        ])
    func written(number: String, plain: String) {
        #expect(DecimalText(number)?.text == plain)
        #expect(DecimalText(number)?.value == Double(number))
    }

    @Test(
        "of more than ten significant digits ten are kept, and no whole number is changed",
        arguments: [
            ("1.2006999999999999", "1.2007"), ("0.1000000000000000055", "0.1"), ("67123.12345678", "67123.12346"),
            ("99999999999.9", "100000000000"), ("12345678901.4", "12345678901"),
            ("1.10000000000000", "1.10000000000000"),
            ("0.00000012345678915", "0.0000001234567892"), ("1e20", "100000000000000000000"),
        ])
    func rounded(number: String, plain: String) { #expect(DecimalText(number)?.text == plain) }

    @Test(
        "what is no number in JSON's grammar is none",
        arguments: ["", "-", "1.", ".5", "+1", "0x10", "1e", "NaN", "01", "1e999", "1 "])
    func refused(text: String) { #expect(DecimalText(text) == nil) }

    @Test("every binary number, written as its language writes it, comes out within ten digits of itself")
    func doubles() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let value =
                Double.random(in: 1...10, using: &random)
                * Double(sign: .plus, exponent: .random(in: -30...30), significand: 1)
            let decimal = try #require(DecimalText("\(value)"))
            #expect(!decimal.text.contains("e") && abs(decimal.value - value) <= value * 1e-9)
        }
    }

    @Test("a hundredfold keeps its digits")
    func hundredfold() {
        #expect(DecimalText("0.8740")?.hundredfold?.text == "87.40")
        #expect(DecimalText("1")?.hundredfold?.text == "100")
    }
}
