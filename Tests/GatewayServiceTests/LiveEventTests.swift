import NIOCore
import Testing
import WireContract

@testable import GatewayService

struct LiveEventTests {
    private static func reply(_ payload: ByteBuffer) -> ReceivedReply? {
        var payload = payload
        return ReceivedReply(takenFrom: &payload)
    }

    @Test("several replies may come in one payload")
    func several() throws {
        var replies = ByteBuffer(string: "1 ok r e 4 7\n{\"a\":1}\nroom_history r e 4 - -\n{}\n\n2 error - - - 0\n{}\n")
        let (first, second) = (ReceivedReply(takenFrom: &replies), ReceivedReply(takenFrom: &replies))
        #expect(first?.correlation == 1 && first?.pushes.map(\.name) == ["room_history"])
        #expect(second?.correlation == 2 && second?.succeeded == false && second?.pushes.isEmpty == true)
        #expect(ReceivedReply(takenFrom: &replies) == nil)
    }

    @Test("a publication becomes a frame without its JSON being read")
    func frame() throws {
        let payload = ByteBuffer(string: "new_message squad_a e1 41 - -\n{\"seq\":41,\"content\":\"not { parsed\"}")
        let event = try #require(LiveEvent(payload))
        var frame = BrowserDialect().event(event)
        frame.moveReaderIndex(forwardBy: 2)
        #expect(
            String(buffer: frame)
                == #"{"event":"new_message","room_id":"squad_a","epoch":"e1","seq":41,"data":{"seq":41,"content":"not { parsed"}}"#
        )
    }

    @Test("flags and users are read")
    func flags() {
        #expect(LiveEvent(ByteBuffer(string: "member_removed r e 4 D u.1\n{}"))?.flag == .drop)
        #expect(LiveEvent(ByteBuffer(string: "member_updated r e 4 R17 u\n{}"))?.flag == .rights(17))
        #expect(LiveEvent(ByteBuffer(string: "user_typing r e - - u\n{}"))?.sequence == .some(nil))
        #expect(LiveEvent(ByteBuffer(string: "room_state r e 4 M -\n{}"))?.completeness == .morePages)
    }

    @Test(
        "what is no publication is none",
        arguments: [
            "", "a b c 1 - -", "a b c 1 -\n{}", "a b c x - -\n{}", "a b c -1 - -\n{}", "a b  1 - -\n{}",
            "a b c 1 Q -\n{}", "a b c 1 - - -\n{}",
        ])
    func malformed(text: String) {
        #expect(LiveEvent(ByteBuffer(string: text)) == nil)
    }

    @Test("replies of the contract are read, pushes and all")
    func replies() throws {
        let written = ChatReply(
            correlation: "12", succeeded: true, room: "r", epoch: "e", sequence: 3, rights: 7, answer: Array("{}".utf8),
            pushes: [Publication(event: "room_history", room: "r", epoch: "e", sequence: 3, json: Array("{}".utf8))])
        let read = try #require(Self.reply(ByteBuffer(bytes: written.encoded)))
        #expect(read.correlation == 12 && read.succeeded && read.rights == 7)
        #expect(read.position == RoomPosition(epoch: "e", sequence: 3))
        #expect(read.pushes.map(\.name) == ["room_history"])
        let refused = ChatReply(correlation: "9", succeeded: false, answer: Array("{\"code\":\"forbidden\"}".utf8))
        #expect(Self.reply(ByteBuffer(bytes: refused.encoded))?.succeeded == false)
        #expect(Self.reply(ByteBuffer(string: "12 ok r e 3 7\n{}\nhalf a pair\n")) == nil)
    }
}
