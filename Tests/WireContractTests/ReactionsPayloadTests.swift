import JSON
import Testing

@testable import WireContract

struct ReactionsPayloadTests {
    private let fields = Array(#""reactions":{"🎯":["viper-1"]},"reaction_counts":{"🎯":9000}"#.utf8)

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("reactions are encoded as the golden push says")
    func golden() throws {
        let payload = ReactionsPayload([ReactionsPayload.Emoji("🎯", users: ["viper-1"], count: 1)])
        let data = try #require(try GoldenTests().frame("server/reaction_added")["data"])
        #expect(self.text(Array(data.bytes)).hasSuffix("," + self.text(payload.fields) + "}"))
        #expect(self.text(ReactionsPayload().fields) == #""reactions":{},"reaction_counts":{}"#)
    }

    @Test("a hundred people of all emoji together are named; the fields are read as they were written")
    func namesInAll() throws {
        let people = (0..<40).map { "p\($0)" }
        let all = ["🎯", "👍", "🔥", "👀"].map { ReactionsPayload.Emoji($0, users: people, count: 9_000) }
        let read = try #require(ReactionsPayload(in: Array("{".utf8) + ReactionsPayload(all).fields + Array("}".utf8)))
        #expect(read.emoji.map(\.users.count) == [40, 40, 20, 0])
        #expect(read.emoji.map(\.count) == [9_000, 9_000, 9_000, 9_000])
        #expect(read.emoji.map(\.emoji) == all.map(\.emoji))
        // Without counts everybody is named.
        let former = ReactionsPayload(in: Array(#"{"seq":1,"reactions":{"👍":["a","b"]},"edited":false}"#.utf8))
        #expect(former?.emoji == [ReactionsPayload.Emoji("👍", users: ["a", "b"], count: 2)])
        #expect(ReactionsPayload(in: Array(#"{"seq":1,"reactions":{}}"#.utf8)) == nil)
    }

    @Test("without the names every emoji keeps its count")
    func unnamed() {
        let payload = ReactionsPayload([
            ReactionsPayload.Emoji("🎯", users: ["viper-1", "ghost-2"], count: 9_000),
            ReactionsPayload.Emoji("👍", users: ["viper-1"], count: 1),
        ])
        #expect(
            self.text(ReactionsPayload.unnamed(payload.fields))
                == #""reactions":{"🎯":[],"👍":[]},"reaction_counts":{"🎯":9000,"👍":1}"#)
        #expect(ReactionsPayload.unnamed(ReactionsPayload().fields) == ReactionsPayload().fields)
    }

    @Test("they take the place of those that a message has, and of nothing that looks like them")
    func put() {
        let head = #"{"content":"a,\"reactions\":{\"x\":[]}","role":"x","#
        let tail = #","metadata":{"reactions":{"k":[]},"reaction_counts":{}}}"#
        for own in [
            #""reactions":{}"#, #""reactions":{"👍":["a","b"],"🔥":[]}"#,
            #""reactions":{"👍":["a"]},"reaction_counts":{"👍":1}"#,
        ] {
            let message = Array((head + own + tail).utf8)
            #expect(self.text(ReactionsPayload.put(self.fields, into: message)) == head + self.text(self.fields) + tail)
            #expect(self.text(ReactionsPayload.removed(from: message)) == head + #""reactions":{}"# + tail)
        }
    }

    @Test("what has none of its own gets them at its end; what is no object stays as it is")
    func without() {
        let event = Array(#"{"seq":4,"user_id":"a"}"#.utf8)
        #expect(
            self.text(ReactionsPayload.put(self.fields, into: event)) == #"{"seq":4,"user_id":"a","#
                + self.text(self.fields) + "}")
        #expect(ReactionsPayload.removed(from: event) == event)
        for bytes in ["", "{", "{}", #"{"reactions":{"a""#] {
            #expect(self.text(ReactionsPayload.put(self.fields, into: Array(bytes.utf8))) == bytes)
        }
    }
}
