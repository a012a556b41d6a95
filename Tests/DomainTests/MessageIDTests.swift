import Domain
import Foundation
import Testing

struct MessageIDTests {
    @Test("it is read from the right, because a room may contain dots")
    func dotsInRoom() throws {
        let message = try MessageID("a.1.b.2.0123456789ab.41")
        #expect(message.room.rawValue == "a.1.b.2")
        #expect(message.epoch == "0123456789ab")
        #expect(message.sequence == 41)
        #expect(message.description == "a.1.b.2.0123456789ab.41")
    }

    @Test("the longest room leaves room for the longest epoch and sequence")
    func longest() throws {
        let room = try RoomID(String(repeating: "r", count: 64))
        let message = try MessageID(room: room, epoch: String(repeating: "e", count: 40), sequence: .max)
        #expect(message.description.utf8.count <= MessageID.maximumLength)
        #expect(try MessageID(message.description) == message)
    }

    @Test(
        "a message has exactly one name, and nothing else is one",
        arguments: [
            "", "room", "room.epoch", "room.epoch.", "room..1", ".epoch.1", "room.epoch.0", "room.epoch.-1",
            "room.epoch.+1", "room.epoch.01", "room.epoch.1 ", "room.epoch.9223372036854775808", "room.e-p.1",
            "ro om.epoch.1",
            "room.epoch.١", String(repeating: "r", count: 65) + ".epoch.1",
            "room." + String(repeating: "e", count: 41) + ".1", String(repeating: "r", count: 1_000_000),
        ])
    func refused(text: String) {
        #expect(throws: IdentifierError.self) { try MessageID(text) }
    }

    @Test("it is a plain string in JSON")
    func coding() throws {
        let message = try MessageID("squad_alpha.abc.7")
        let json = try JSONEncoder().encode([message])
        #expect(String(decoding: json, as: UTF8.self) == "[\"squad_alpha.abc.7\"]")
        #expect(try JSONDecoder().decode([MessageID].self, from: json) == [message])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([MessageID].self, from: Data("[\"x\"]".utf8)) }
    }
}
