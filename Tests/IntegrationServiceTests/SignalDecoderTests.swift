import Domain
import JSON
import NIOCore
import Redis
import Testing
import WireContract

@testable import IntegrationService

struct SignalDecoderTests {
    static let arrival = StreamID(milliseconds: 1_795_363_200_000, sequence: 0)

    static func entry(_ fields: [(String, String)], id: StreamID = Self.arrival) -> StreamEntry {
        StreamEntry(id: id, fields: fields.map { ($0.0, ByteBuffer(string: $0.1)) })
    }

    /// The engine's full form (wire contract of the engine, §8.2).
    static let full = """
        {"signal_id":"ELITE_SNIPER_EURUSD_1756736885","pair":"EURUSD","symbol":"EURUSD","direction":"BUY",
         "pattern":"ORDER_BLOCK_BOUNCE","pattern_type":"ORDER_BLOCK_BOUNCE","signal_class":"SNIPER","confidence":84.1,
         "quality_score":75.2,"quality_tier":"PREMIUM","entry_price":1.10850,"stop_loss":1.1070,"take_profit":1.1130,
         "stop_pips":15.0,"target_pips":45.0,"risk_reward":3.0,"timestamp":"2026-11-22T10:07:03.123000+00:00",
         "session":"LONDON","tier_required":"FANG","tiers_allowed":["FANG","COMMANDER"],
         "filters_passed":{"momentum": true,"volume":true},"rsi":41.5,"ingest_ts":1756736885.2}
        """

    private func decoded(_ json: String) throws -> DecodedSignal {
        guard case .signal(let signal) = try SignalDecoder.decode(Self.entry([("event", json)])) else {
            throw EngineRefusal("skipped")
        }
        return signal
    }

    private func data(_ decoded: DecodedSignal) throws -> JSONValue { try JSONValue(parsing: decoded.json) }

    @Test("the engine's full form is read, prices keep their digits, and every unknown field is kept")
    func fullForm() throws {
        let decoded = try self.decoded(Self.full)
        #expect(
            decoded.signal.symbol.normal == "EURUSD" && decoded.signal.side == .buy && decoded.signal.confidence == 84.1
        )
        #expect(decoded.signal.signalClass == .sniper && decoded.tiers == ["FANG", "COMMANDER"])
        #expect(decoded.signal.issuedAt == Timestamp(rfc3339: "2026-11-22T10:07:03.123Z"))
        let text = String(decoding: decoded.json, as: UTF8.self)
        #expect(text.contains(#""entry_price":1.10850,"#) && text.contains(#""timestamp":"2026-11-22T10:07:03.123Z""#))
        #expect(text.contains(#""filters_passed":{"momentum":true,"volume":true}"#) && !text.contains("\n"))
        let data = try self.data(decoded)
        #expect(data["tcs"]?.double == 84.1 && data["rsi"]?.double == 41.5 && data["quality_tier"]?.string == "PREMIUM")
        #expect(data["stale"] == nil)
    }

    @Test("flat fields say the same as one field of JSON")
    func flat() throws {
        let entry = Self.entry([
            ("signal_id", "S1"), ("pair", "eurusd"), ("direction", "sell"), ("tcs_score", "71"), ("entry", "1.2000"),
            ("sl", "1.21"), ("tp", "1.18"), ("timestamp", "1756736885"), ("tiers_allowed", #"["FANG"]"#),
        ])
        guard case .signal(let decoded) = try SignalDecoder.decode(entry) else { throw EngineRefusal("skipped") }
        #expect(decoded.signal.signalID.rawValue == "S1" && decoded.signal.symbol.normal == "EURUSD")
        #expect(decoded.signal.side == .sell && decoded.signal.stop == 1.21 && decoded.signal.riskReward == 2)
        #expect(decoded.signal.issuedAt == Timestamp(milliseconds: 1_756_736_885_000) && decoded.tiers == ["FANG"])
        #expect(String(decoding: decoded.json, as: UTF8.self).contains(#""entry_price":1.2000,"#))
    }

    @Test("numbers written as text are numbers")
    func textNumbers() throws {
        let decoded = try self.decoded(
            #"{"signal_id":"A","symbol":"XAUUSD","direction":"BUY","confidence":" 80 ","entry_price":"2671.40"}"#)
        #expect(decoded.signal.confidence == 80 && decoded.signal.entry == 2671.4)
        #expect(try self.data(decoded)["entry_price"]?.kind == .number)
        #expect(try self.data(decoded)["stop_loss"]?.isNull == true)
    }

    @Test(
        "what cannot be a trade is refused, and the reason names the field",
        arguments: [
            (#"{"symbol":"X","direction":"BUY","confidence":80,"entry_price":NaN}"#, "NaN"),
            (#"{"symbol":"X","direction":"BUY","confidence":80,"entry_price":"NaN"}"#, "entry_price"),
            (#"{"symbol":"X","direction":"BUY","confidence":80,"entry_price":"soon"}"#, "entry_price"),
            (#"{"symbol":"X","direction":"BUY","confidence":80,"entry_price":true}"#, "entry_price"),
            (#"{"symbol":"X","direction":"BUY","confidence":80,"entry_price":"0x10"}"#, "entry_price"),
            (#"{"symbol":"X","direction":"BUY","confidence":80,"entry_price":1e999}"#, "entry_price"),
            (#"{"symbol":"X","direction":"BUY","confidence":80,"entry_price":-1}"#, "entry_price"),
            (#"{"symbol":"X","direction":"BUY","confidence":80}"#, "entry_price is missing"),
            (#"{"symbol":"X","direction":"BUY","entry_price":1}"#, "confidence is missing"),
            (#"{"symbol":"X","direction":"BUY","confidence":101,"entry_price":1}"#, "confidence"),
            (#"{"symbol":"X","direction":"UP","confidence":80,"entry_price":1}"#, "direction"),
            (#"{"direction":"BUY","confidence":80,"entry_price":1}"#, "symbol is missing"),
            (#"{"symbol":"<b>","direction":"BUY","confidence":80,"entry_price":1}"#, "symbol"),
            (#"{"symbol":"X","direction":"BUY","confidence":80,"entry_price":1,"stop_loss":2}"#, "stop_loss"),
            (#"{"symbol":"X","direction":"BUY","confidence":80,"entry_price":1,"sl":{}}"#, "sl is object"),
            (#"{"raw":"ELITE_GUARD_SIGNAL {oops","ingest_ts":1}"#, "bridge"),
            ("[]", "array"), ("not json", "not JSON"), ("", "not JSON"), (#"{"a":1,"a":2}"#, "twice"),
        ])
    func refusal(json: String, reason: String) {
        #expect { try self.decoded(json) } throws: { ($0 as? EngineRefusal)?.reason.contains(reason) == true }
    }

    @Test("an entry larger than any real one is refused")
    func large() {
        let json = #"{"symbol":"X","note":""# + String(repeating: "x", count: 20_000) + #""}"#
        #expect { try self.decoded(json) } throws: { ($0 as? EngineRefusal)?.reason.contains("bytes") == true }
    }

    @Test("an entry may nest as deeply as chat lets a signal in, and no deeper")
    func depth() throws {
        func entry(_ nesting: Int) -> String {
            let deep = String(repeating: "[", count: nesting) + String(repeating: "]", count: nesting)
            return #"{"symbol":"X","direction":"BUY","confidence":80,"entry_price":1,"deep":\#(deep)}"#
        }
        let limit = EngineDocument.maximumDepth
        #expect(limit == 16)
        _ = try self.decoded(entry(limit - 1))
        #expect { try self.decoded(entry(limit)) } throws: {
            ($0 as? EngineRefusal)?.reason.contains("not JSON") == true
        }
    }

    @Test("a signal that grows to what chat takes is accepted, and one byte more is refused before chat does")
    func border() throws {
        func json(_ padding: Int) -> String {
            #"{"signal_id":"S","pair":"EURUSD","direction":"BUY","tcs":80,"entry_price":1,"note":""#
                + String(repeating: "x", count: padding) + #""}"#
        }
        let grown = try self.decoded(json(15_000)).json.count - 15_000
        let most = ChatCommand.largestSignal - grown
        #expect(json(most).utf8.count < EngineDocument.largestEntry - 100, "ours alone would take it")
        #expect(try self.decoded(json(most)).json.count == ChatCommand.largestSignal)
        #expect {
            _ = try self.decoded(json(most + 1))
        } throws: {
            ($0 as? EngineRefusal)?.reason.contains("for chat") == true
        }
    }

    @Test("the same for an outcome")
    func outcomeBorder() throws {
        func decoded(_ digits: Int) throws -> DecodedOutcome {
            let number = "1." + String(repeating: "0", count: digits)
            return try OutcomeDecoder.decode(
                Self.entry([("event", #"{"signal_id":"S","outcome":"WIN","exit_price":\#(number)}"#)]))
        }
        let most = ChatCommand.largestOutcome - (try decoded(1_000).json.count - 1_000)
        #expect(try decoded(most).json.count == ChatCommand.largestOutcome)
        #expect(throws: EngineRefusal.self) { _ = try decoded(most + 1) }
    }

    @Test(
        "the engine's diagnostics are skipped",
        arguments: [#""signal_type":"DIAG_ONLY""#, #""pattern_type":"DIAG_PING""#])
    func diagnostics(field: String) throws {
        let answer = try SignalDecoder.decode(Self.entry([("event", "{\(field)}")]))
        guard case .skipped = answer else { throw EngineRefusal("not skipped") }
    }

    @Test("a signal without a name gets one that is the same at every reading, and another for another signal")
    func unnamed() throws {
        let json =
            #"{"symbol":"X","direction":"BUY","confidence":80,"entry_price":1,"timestamp":"2026-11-22T10:00:00Z"}"#
        let (first, again) = (try self.decoded(json), try self.decoded(json))
        #expect(first.signal.signalID == again.signal.signalID)
        #expect(try self.decoded(json.replacing("10:00:00", with: "10:00:01")).signal.signalID != first.signal.signalID)
    }

    @Test("a name with foreign characters becomes an identifier; its outcome finds the same one")
    func foreignName() throws {
        let name = "CRYPTO:BTC/USD 1"
        let signal = try self.decoded(
            #"{"signal_id":"\#(name)","symbol":"BTC/USD","direction":"BUY","confidence":80,"entry_price":1}"#)
        let outcome = try OutcomeDecoder.decode(
            Self.entry([("event", #"{"signal_id":"\#(name)","outcome":"WIN"}"#)]))
        #expect(signal.signal.signalID == outcome.outcome.signalID)
        #expect(SignalName.identifier("CRYPTO:BTC_USD 1") != signal.signal.signalID)
        #expect(try self.data(signal)["engine_signal_id"]?.string == name)
    }

    @Test("a command's id never exceeds 128 bytes, and two signals never share one")
    func commandID() {
        let long = String(repeating: "A", count: 128)
        let first = SignalName.command(["signal", long, "squad_alpha"])
        #expect(first.utf8.count <= 128 && first != SignalName.command(["signal", long, "squad_bravo"]))
        #expect(SignalName.command(["signal", "S", "squad_a"]) == "signal:S:squad_a")
    }

    @Test("outcomes are read by the tracker's names, and by others")
    func outcomes() throws {
        let decoded = try OutcomeDecoder.decode(
            Self.entry([
                (
                    "event",
                    #"{"signal_id":"S","outcome":"LOSS","pips_result":"-15.0","exit_price":1.10700,"resolution_time":1756736885}"#
                )
            ]))
        #expect(decoded.outcome.result == .loss && decoded.outcome.pips == -15)
        #expect(
            String(decoding: decoded.json, as: UTF8.self)
                == #"{"signal_id":"S","outcome":"LOSS","pips_result":-15.0,"exit_price":1.10700,"resolved_at":"2025-09-01T14:28:05.000Z"}"#
        )
        #expect(
            try OutcomeDecoder.decode(Self.entry([("signal_id", "S"), ("result", "TP_HIT")])).outcome.result == .win)
    }

    @Test(
        "an outcome that says nothing is refused",
        arguments: [#"{"outcome":"WIN"}"#, #"{"signal_id":"S"}"#, #"{"signal_id":"S","outcome":"MAYBE"}"#, "x"])
    func badOutcome(json: String) {
        #expect(throws: EngineRefusal.self) { try OutcomeDecoder.decode(Self.entry([("event", json)])) }
    }
}
