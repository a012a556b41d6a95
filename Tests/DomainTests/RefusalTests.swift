import Domain
import Foundation
import Testing

struct RefusalTests {
    @Test("the codes on the wire never change")
    func codes() {
        #expect(
            Refusal.Code.allCases.map(\.rawValue) == [
                "bad_json", "unknown_event", "invalid_field", "frame_too_large", "message_too_long", "empty_message",
                "unknown_room", "forbidden", "not_joined", "message_not_found", "conflict", "rate_limited", "busy",
                "unavailable", "not_authenticated", "too_many_connections", "unsupported_type", "invalid_signal",
            ])
    }

    @Test("only what says something is written")
    func coding() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let plain = try encoder.encode(Refusal(.forbidden, "No."))
        #expect(String(decoding: plain, as: UTF8.self) == #"{"code":"forbidden","message":"No."}"#)
        let limited = Refusal(.rateLimited, "Slow.", limit: 30, retryAfter: 12)
        let json = try encoder.encode(limited)
        #expect(
            String(decoding: json, as: UTF8.self)
                == #"{"code":"rate_limited","limit":30,"message":"Slow.","retry_after":12}"#)
        #expect(try JSONDecoder().decode(Refusal.self, from: json) == limited)
    }
}
