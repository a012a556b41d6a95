import JSON
import NIOCore
import Testing

@testable import IntegrationService

/// What sources write where they have nothing to say.
struct NotGivenTests {
    static let nothing = [
        "0", "0.0", "-0.0", #""0""#, #""0.000""#, #""None""#, #""null""#, #""nan""#, #""NaN""#, #""N/A""#, #"" n/a ""#,
        #""""#, #""  ""#, "null", "NaN", "Infinity", "-Infinity", #""inf""#, #""-""#,
    ]

    @Test("an optional number that says nothing is not there, and the signal is", arguments: nothing)
    func signal(nothing: String) throws {
        let data = try EngineSamples.decoded(
            #""stop_loss":\#(nothing),"take_profit":\#(nothing),"risk_reward":\#(nothing)"#)
        #expect(data["stop_loss"]?.isNull == true && data["take_profit"]?.isNull == true)
        #expect(data["risk_reward"]?.isNull == true && data["entry_price"]?.double == 1.1)
    }

    @Test("an outcome without a price or pips closes its card all the same", arguments: nothing)
    func outcome(nothing: String) throws {
        let outcome = try EngineSamples.outcome(
            #""outcome":"WIN","exit_price":\#(nothing),"pips_result":\#(nothing),"resolved_at":\#(nothing)"#)
        #expect(outcome["outcome"]?.string == "WIN" && outcome["exit_price"]?.isNull == true)
        #expect(outcome["pips_result"]?.isNull == true && outcome["resolved_at"]?.isNull == true)
    }

    @Test("what is needed stays strict", arguments: nothing)
    func needed(nothing: String) {
        #expect(EngineSamples.refusal(#""entry_price":\#(nothing)"#)?.contains("entry_price") == true)
    }

    @Test("a name in the place of a word that says nothing is looked for elsewhere", arguments: ["stop_loss", "sl"])
    func otherName(name: String) throws {
        let other = name == "sl" ? "stop_loss" : "sl"
        let data = try EngineSamples.decoded(#""\#(other)":"None","\#(name)":1.05"#)
        #expect(data["stop_loss"]?.double == 1.05)
    }

    @Test("words are trimmed as numbers are, and those that say nothing are not there")
    func words() throws {
        let data = try EngineSamples.decoded(
            #""signal_id":" S1 ","symbol":" EURUSD\t","direction":"\nbuy ","session":"None","pattern_type":" n/a ","signal_class":" rapid ""#
        )
        #expect(data["signal_id"]?.string == "S1" && data["symbol"]?.string == "EURUSD")
        #expect(data["direction"]?.string == "BUY" && data["signal_class"]?.string == "RAPID")
        #expect(data["session"]?.isNull == true && data["pattern_type"]?.isNull == true)
        #expect(data["engine_signal_id"] == nil)
        #expect(try EngineSamples.outcome(#""outcome":" win ""#)["outcome"]?.string == "WIN")
    }

    @Test("signals without a name do not become one because their source calls all of them None")
    func unnamed() throws {
        let first = try EngineSamples.decoded(#""signal_id":"None","symbol":"EURUSD""#)
        let second = try EngineSamples.decoded(#""signal_id":"None","symbol":"GBPUSD""#)
        #expect(first["signal_id"]?.string != second["signal_id"]?.string)
    }

    @Test("what no JSON reader takes is text in a field that nobody needs")
    func unknownField() throws {
        #expect(try EngineSamples.decoded(#""rsi":NaN,"note":"a NaN, Infinity \" NaN""#)["rsi"]?.string == "NaN")
    }

    @Test("the same for fields that are written one by one")
    func flat() throws {
        let entry = SignalDecoderTests.entry([
            ("signal_id", "S1"), ("symbol", " EURUSD "), ("direction", "BUY"), ("confidence", "80"), ("entry", "1.1"),
            ("sl", "0.0"), ("tp", "None"),
        ])
        guard case .signal(let decoded) = try SignalDecoder.decode(entry) else { throw EngineRefusal("skipped") }
        #expect(decoded.signal.stop == nil && decoded.signal.target == nil)
    }
}
