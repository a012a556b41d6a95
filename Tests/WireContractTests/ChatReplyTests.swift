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
        arguments: [
            "", "s1 ok r e 1 0", "s1 maybe r e 1 0\n{}\n", "s1 ok r e 1 x\n{}\n", "s1 ok r e 1 0\n{}\nodd\n",
            "s1 ok r e 1 0 \n{}\n", "s1 ok r e 1\n{}\n", "s1 ok r e -1 0\n{}\n", "s1 ok  e 1 0\n{}\n",
            "s1 ok r e 1 0\n{}\nnew_message r e x - -\n{}\n",
        ])
    func refusals(text: String) {
        #expect(ChatReply(decoding: Array(text.utf8)) == nil)
    }

    @Test("a reply that tells where rooms stand is read with the events that follow each")
    func states() {
        let state = Publication(
            header: .init(event: "room_state", room: "r", epoch: "e1", sequence: 4, completeness: .complete),
            json: Array("{}".utf8))
        let event = Publication(event: "new_message", room: "r", epoch: "e1", sequence: 4, json: Array("{}".utf8))
        let reply = ChatReply(correlation: "9", succeeded: true, answer: Array("{}".utf8), pushes: [state, event])
        #expect(
            String(decoding: reply.encoded, as: UTF8.self)
                == "9 ok - - - 0\n{}\nroom_state r e1 4 R -\n{}\nnew_message r e1 4 - -\n{}\n")
        #expect(ChatReply(decoding: reply.encoded) == reply)
    }
}
