import Testing

@testable import WireContract

/// Both forms of an outbox entry: every event in fields, a person's message in two.
struct RoomEventTests {
    private static let digest = String(repeating: "d", count: 64)
    private static let header = "new_message squad_a e1 41 - viper-1"
    private static let json = #"{"seq":41,"message_id":"squad_a.e1.41"}"#

    private func read(_ fields: [String: String]) -> RoomEvent? {
        RoomEvent { name in fields[name].map { Array($0.utf8) } }
    }

    @Test("a message in two fields says what one in all fields said, so that an upgrade may leave either")
    func bothForms() throws {
        let event = try #require(
            self.read([
                "publication": "\(Self.header)\n\(Self.json)", "command": "1764324423123 \(Self.digest) c-1",
            ]))
        let answer =
            #"{"message_id":"squad_a.e1.41","room_id":"squad_a","seq":41,"timestamp":"2025-11-28T10:07:03.123Z"}"#
        var former = try #require(
            self.read([
                "event": "new_message", "room": "squad_a", "epoch": "e1", "seq": "41", "user": "viper-1",
                "id": "c-1", "digest": Self.digest, "answer": answer, "at": "1764324423123",
                "message": "squad_a.e1.41", "json": Self.json, "flags": "-", "state": "",
            ]))
        #expect(former.answer == event.answer)
        former.statedAnswer = nil
        #expect(event == former)
    }

    @Test(
        "what is no entry is none",
        arguments: [
            ("", "1 d c"), ("new_message r e 1 - u", "1 d c"), ("new_message r e - - u\n{}", "1 d c"),
            ("user_typing r e 1 - u\n{}", "1 d c"), ("new_message r e 1 - u\n{}", "1 d"),
            ("new_message r e 1 - u\n{}", "x d c"), ("new_message r e 1 - u\n{}", ""),
        ])
    func refusals(publication: String, command: String) {
        #expect(self.read(["publication": publication, "command": command]) == nil)
    }
}
