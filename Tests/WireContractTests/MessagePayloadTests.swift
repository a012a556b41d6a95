import JSON
import Testing

@testable import WireContract

struct MessagePayloadTests {
    @Test("head and tail make one JSON object with every field of the original page")
    func wholeMessage() throws {
        let payload = MessagePayload(
            userID: "viper-1", username: "viper", callsign: "Viper-1", squadID: "alpha", roomID: "squad_alpha",
            content: "Half off at \"1R\"", messageType: "text", timestamp: "2026-11-22T10:07:03.123Z", rank: "SERGEANT",
            role: "sergeant", clientID: "c-1")
        let head = MessagePayload.head(
            sequence: 41, messageID: "squad_alpha.0123456789ab.41".utf8, epoch: "0123456789ab")
        let reactions = ReactionsPayload([ReactionsPayload.Emoji("🎯", users: ["ghost-2", "atlas-6"], count: 2)])
        let value = try JSONValue(parsing: ReactionsPayload.put(reactions.fields, into: head + payload.encodedTail))
        #expect(
            try value.fields().map(\.name) == [
                "seq", "message_id", "epoch", "user_id", "username", "callsign", "squad_id", "room_id", "content",
                "message_type", "timestamp", "edited", "edited_at", "rank", "role", "reactions", "reaction_counts",
                "reply_to", "metadata", "encrypted", "client_id",
            ])
        #expect(value["seq"]?.integer == 41)
        #expect(value["message_id"]?.string == "squad_alpha.0123456789ab.41")
        #expect(value["content"]?.string == "Half off at \"1R\"")
        #expect(try value["reactions"]?["🎯"]?.elements().map(\.string) == ["ghost-2", "atlas-6"])
    }
}
