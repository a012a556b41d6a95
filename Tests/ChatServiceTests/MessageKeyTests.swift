import Testing

@testable import ChatService

struct MessageKeyTests {
    @Test(
        "an id says where its message stands",
        arguments: [
            ("squad_alpha.e1.7", "squad_alpha", "e1", 7), ("dm.a.b.e1.12", "dm.a.b", "e1", 12),
            ("r.a.b.3", "r", "a.b", 3),
        ])
    func places(message: String, room: String, epoch: String, sequence: Int) throws {
        let key = try #require(MessageKey(message, in: room))
        #expect(key.epoch == epoch && key.sequence == sequence)
    }

    @Test(
        "what is no id of the room stands nowhere",
        arguments: [
            "", "r", "r.", "r.7", "r.e1.", "r.e1.07", "r.e1.+7", "r.e1.x", "r.e1.99999999999999999999", "s.e1.7",
        ])
    func refusals(message: String) {
        #expect(MessageKey(message, in: "r") == nil)
    }
}
