import JSON
import TestSupport
import Testing

@testable import WireContract

/// The golden files are the contract; our own encoders must agree with them byte for byte.
struct GoldenTests {
    private func frame(_ name: String) throws -> JSONValue { try JSONValue(parsing: Fixture.bytes("v1/\(name).json")) }

    @Test("a message is encoded as the golden push says")
    func message() throws {
        let frame = try self.frame("server/new_message")
        let data = try #require(frame["data"])
        let payload = MessagePayload(
            userID: "ghost-2", username: "Ghost-2", callsign: "Ghost-2", squadID: "alpha", roomID: "squad_alpha",
            content: "@Viper-1 copy the BE move on yours?", messageType: "text", timestamp: "2026-11-22T10:07:03.123Z",
            rank: "CORPORAL", role: "corporal", clientID: "c-41")
        let head = MessagePayload.head(
            sequence: 41, messageID: "squad_alpha.0f3a9c1b2d4e.41", epoch: "0f3a9c1b2d4e")
        #expect(
            String(decoding: head + payload.encodedTail, as: UTF8.self) == String(decoding: data.bytes, as: UTF8.self))
    }

    @Test("reactions are encoded as the golden push says")
    func reactions() throws {
        let reactions = try #require(try self.frame("server/reaction_added")["data"]?["reactions"])
        #expect(MessagePayload.encode([("🎯", ["viper-1"])]) == Array(reactions.bytes))
    }

    @Test(
        "a push's envelope names event, room, epoch and seq",
        arguments: [
            "room_history", "new_message", "new_message_signal", "signal_updated", "reaction_added", "reaction_removed",
        ])
    func envelope(name: String) throws {
        let frame = try self.frame("server/\(name)")
        #expect(try frame.fields().map(\.name) == ["event", "room_id", "epoch", "seq", "data"])
    }
}
