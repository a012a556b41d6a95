import Testing

@testable import WireContract

struct ChatReplyTests {
    @Test("an answer with pushes survives the way to the gateway and back")
    func roundTrip() {
        let push = Publication(
            event: "room_history", room: "squad_alpha", epoch: "e1", sequence: 41, json: Array(#"{"messages":[]}"#.utf8)
        )
        let reply = ChatReply(
            correlation: "s1:7", succeeded: true, room: "squad_alpha", epoch: "e1", sequence: 41, rights: 31,
            answer: Array(#"{"seq":41}"#.utf8), pushes: [push, push])
        #expect(ChatReply(decoding: reply.encoded) == reply)
    }

    @Test("a refusal names no room")
    func refusal() {
        let reply = ChatReply(correlation: "s1:8", succeeded: false, answer: Array(#"{"code":"forbidden"}"#.utf8))
        #expect(String(decoding: reply.encoded, as: UTF8.self) == "s1:8 error - - - 0\n{\"code\":\"forbidden\"}\n")
        #expect(ChatReply(decoding: reply.encoded) == reply)
    }

    @Test(
        "what is no reply is refused",
        arguments: ["", "s1 ok r e 1 0", "s1 maybe r e 1 0\n{}\n", "s1 ok r e 1 x\n{}\n", "s1 ok r e 1 0\n{}\nodd\n"])
    func refusals(text: String) {
        #expect(ChatReply(decoding: Array(text.utf8)) == nil)
    }
}
