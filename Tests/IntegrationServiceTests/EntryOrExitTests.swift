import Testing

@testable import IntegrationService

/// Only entries become signals.
struct EntryOrExitTests {
    private func skipped(_ fields: String) throws -> String? {
        switch try SignalDecoder.decode(EngineSamples.entry(EngineSamples.signal(fields))) {
        case .skipped(let reason): reason
        case .signal: nil
        }
    }

    @Test(
        "a close, a cancel and a notice are no signals",
        arguments: [
            #""type":"exit""#, #""type":"exit_fill""#, #""type":"EXIT_FILL ""#, #""type":"exit_cancel""#,
            #""type":"entry_cancel""#, #""type":"status""#, #""type":"protection_trigger""#,
            #""event":"close_confirmation""#, #""event_type":"signal_expired""#, #""signal_type":"exit""#,
            #""action":"close""#, #""action":"closelong""#, #""market_position":"flat""#,
            #""direction":"SELL","market_position":"flat","prev_market_position":"long""#,
            #""direction":"SELL","market_position":"long""#, #""direction":"BUY","market_position":"short""#,
            #""deal_entry":1"#, #""deal_entry":"OUT_BY""#, #""entry":"OUT""#, #""entry":"DEAL_ENTRY_OUT""#,
            #""type":"partial_exit""#, #""type":"long_exit""#, #""event":"position_close""#, #""type":"take_profit""#,
            #""action":"sl""#, #""type":"stopped_out""#, #""reduce_only":1"#, #""is_exit":"yes""#,
            #""signal_type":"close_long""#, #""reduce_only":true"#, #""reduceOnly":"True""#,
            #""direction":"CLOSE_LONG""#, #""direction":"exit""#,
        ])
    func exits(fields: String) throws {
        #expect(try self.skipped(fields) != nil)
    }

    @Test(
        "an entry is one, whatever its source calls it",
        arguments: [
            "", #""type":"entry""#, #""type":"entry_fill""#, #""type":"signal""#, #""event_type":"signal_generated""#,
            #""type":"limit""#, #""action":"buy""#, #""market_position":"long""#, #""deal_entry":0"#, #""entry":"IN""#,
            #""direction":"SHORT","market_position":"short""#, #""signal_type":"RAPID_ASSAULT""#,
            #""reduce_only":false"#, #""signal_type":"SESSION_CLOSE""#, #""type":"None""#,
            #""signal_type":"FLAT_TOP_BREAKOUT""#, #""signal_type":"CLOSE_ABOVE_EMA""#, #""event":"bar_close""#,
            #""entry_price":null,"stop_loss":null,"take_profit":null,"entry":"3""#,
            #""entry_price":null,"stop_loss":null,"take_profit":null,"entry":3"#, #""reduce_only":0"#,
        ])
    func entries(fields: String) throws {
        #expect(try self.skipped(fields) == nil)
    }

    @Test(
        "a direction that contradicts its side is refused",
        arguments: [
            #""direction":"BUY","side":"SELL""#, #""direction":"Long","side":"sell""#,
            #""direction":"BUY","action":"sell""#,
            #""direction":"SHORT","order_side":"BUY""#,
        ])
    func contradiction(fields: String) {
        #expect(EngineSamples.refusal(fields)?.contains("direction") == true)
    }
}
