import NIOCore
import Testing

@testable import GatewayService

struct FrameScannerTests {
    private func scan(_ text: String) -> Result<ClientFrame, FrameRefusal> {
        Result { () throws(FrameRefusal) in try FrameScanner.scan(ByteBuffer(string: text)) }
    }

    @Test("the payload passes untouched, with its strange spacing and escapes")
    func opaque() throws {
        let data = #"{ "room_id" : "a" ,"content":"x\u00e9\n","n":[1,-0.5e+3,{"deep":null}] }"#
        let frame = try self.scan(" {\"data\":\(data), \"event\":\"send_message\" , \"id\": 7 }\n").get()
        #expect(String(buffer: frame.data) == data)
        #expect(frame.id.map { String(buffer: $0) } == "7")
        #expect(frame.event == "send_message")
        #expect(frame.roomID == "a")
    }

    @Test("escaped names and texts mean the same as plain ones")
    func escapes() throws {
        let frame = try self.scan(
            #"{"\u0065vent":"hel\u006co","data":{"room_\u0069d":"\ud83c\udfaf","client_id":"\/"}}"#
        ).get()
        #expect(frame.event == "hello")
        #expect(frame.roomID == "🎯")
        #expect(frame.clientID == "/")
    }

    @Test("fields of deeper objects are not taken for the frame's")
    func depth() throws {
        let frame = try self.scan(#"{"event":"a","x":{"event":"b","room_id":"r"},"data":{"y":{"room_id":"z"}}}"#).get()
        #expect(frame.event == "a")
        #expect(frame.roomID == nil)
    }

    @Test(
        "absent, null and text ids",
        arguments: [("", nil), (#""id":null,"#, nil), (#""id":"a-1","#, #""a-1""#), (#""id":0,"#, "0")])
    func ids(text: String, id: String?) throws {
        let frame = try self.scan("{\(text)\"event\":\"hello\"}").get()
        #expect(frame.id.map { String(buffer: $0) } == id)
    }

    @Test(
        "what is not JSON to the last byte is bad_json",
        arguments: [
            "", " ", "null", "7", "[]", "{", "{}}", "{\"event\":}", "{'event':'a'}", "{\"event\":\"a\",}",
            "{\"event\":\"a\" \"b\":1}", "{\"event\":\"a\nb\"}", "{\"event\":\"\\x\"}", "{\"event\":\"\\u12g4\"}",
            "{\"event\":\"\\ud800\"}", "{\"a\":01}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":+1}", "{\"a\":1e}",
            "{\"a\":-}",
            "{\"a\":tru}", "{\"a\":NaN}", "{\"a\":[1,]}", "{\"a\":[1 2]}", "{\"event\":\"a\"", "{\"a\":\"",
            "{\"event\":\"a\",\"event\":\"a\"}", "{\"data\":{\"room_id\":\"a\",\"room_id\":\"b\"}}",
            "{\"data\":{},\"d\\u0061ta\":{}}", "{\"id\":1,\"id\":1}",
        ])
    func badJSON(text: String) {
        guard case .failure(let failure) = self.scan(text) else {
            Issue.record("\(text) was accepted")
            return
        }
        #expect(failure.refusal.code == .badJSON)
    }

    @Test("nesting has a limit, and the limit itself is allowed")
    func nesting() {
        let inside = FrameScanner.depthLimit - 1
        func text(_ depth: Int) -> String {
            "{\"event\":\"a\",\"x\":" + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
                + "}"
        }
        #expect(throws: Never.self) { try self.scan(text(inside)).get() }
        #expect(throws: FrameRefusal.self) { try self.scan(text(inside + 1)).get() }
        #expect(throws: FrameRefusal.self) { try self.scan(text(60_000)).get() }
    }

    @Test(
        "wrong types are named, and answered under the frame's id",
        arguments: [
            (#"{"id":7,"event":1}"#, "event"), (#"{"id":7,"event":"a","data":"x"}"#, "data"),
            (#"{"id":7,"event":"a","data":{"squad_id":{}}}"#, "squad_id"),
            (#"{"id":7,"event":"a","data":{"message_id":null}}"#, "message_id"),
        ])
    func wrongTypes(text: String, field: String) {
        guard case .failure(let failure) = self.scan(text) else {
            Issue.record("\(text) was accepted")
            return
        }
        #expect(failure.refusal.field == field)
        #expect(failure.id.map { String(buffer: $0) } == "7")
    }

    @Test("a frame cut short is bad_json wherever it is cut")
    func prefixes() throws {
        let text =
            #"{"id":"a-1","event":"send_message","data":{"room_id":"r","x":[1,{"\u0041":-0.5e3}],"client_id":"c"}}"#
        _ = try self.scan(text).get()
        for length in 0..<text.utf8.count {
            guard case .failure(let failure) = self.scan(String(decoding: text.utf8.prefix(length), as: UTF8.self))
            else {
                Issue.record("cut at \(length) it was accepted")
                continue
            }
            #expect(failure.refusal.code == .badJSON)
        }
    }
}
