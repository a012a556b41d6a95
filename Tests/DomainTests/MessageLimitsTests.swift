import Domain
import Testing

struct MessageLimitsTests {
    @Test("a room may take less than the longest message, and never more")
    func room() throws {
        let short = RoomLimits(messageCharacters: 5)
        try MessageLimits.check(content: "12345", in: short)
        let refusal = #expect(throws: Refusal.self) { try MessageLimits.check(content: "123456", in: short) }
        #expect(refusal?.code == .messageTooLong && refusal?.limit == 5)
        #expect(RoomLimits(messageCharacters: 1_000_000) == RoomLimits())
    }

    @Test("2000 characters are a message, 2001 are not")
    func length() throws {
        try MessageLimits.check(content: String(repeating: "x", count: 2_000))
        let refusal = #expect(throws: Refusal.self) {
            try MessageLimits.check(content: String(repeating: "x", count: 2_001))
        }
        #expect(refusal?.code == .messageTooLong)
        #expect(refusal?.limit == 2_000)
    }

    @Test("a character cannot be made longer than it counts")
    func combining() {
        let tower = "e" + String(repeating: "\u{301}", count: 2_000)
        #expect(tower.count == 1)
        #expect(throws: Refusal.self) { try MessageLimits.check(content: tower) }
    }

    @Test(
        "what nobody can see is no message", arguments: ["", " ", "\n\t ", "\u{200B}", "\u{FEFF}\u{2060}", "\u{3000}"])
    func empty(content: String) {
        let refusal = #expect(throws: Refusal.self) { try MessageLimits.check(content: content) }
        #expect(refusal?.code == .emptyMessage)
    }

    @Test("text of any script, with line breaks, is a message", arguments: ["x", "a\nb", "你好", "👍", "ä\u{301}", "-"])
    func text(content: String) throws {
        try MessageLimits.check(content: content)
    }

    @Test("NUL is refused")
    func nul() {
        #expect(throws: Refusal.self) { try MessageLimits.check(content: "a\0b") }
    }

    @Test(
        "one emoji is a reaction, plain or composed",
        arguments: ["👍", "❤️", "❤", "🔥", "💯", "👨‍👩‍👧‍👦", "👍🏽", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇯🇵", "1️⃣", "©️"])
    func emoji(text: String) throws {
        _ = try MessageLimits.reaction(text)
    }

    @Test(
        "nothing else is",
        arguments: ["", "a", "1", "#", "👍👍", "👍 ", "<b>", "\n", "é", "👍" + String(repeating: "\u{FE0F}", count: 20)])
    func noEmoji(text: String) {
        let refusal = #expect(throws: Refusal.self) { try MessageLimits.reaction(text) }
        #expect(refusal?.field == "emoji" && refusal?.code == .invalidField)
        // Nor was it before.
        #expect(throws: Refusal.self) { try MessageLimits.check(formerReaction: text) }
    }

    @Test("a client's name for a message is printable ASCII, 1 to 128 bytes")
    func clientIDs() throws {
        try MessageLimits.check(clientID: "a")
        try MessageLimits.check(clientID: String(repeating: "~", count: 128))
        for text in ["", " ", "a b", "a\n", "ä", String(repeating: "a", count: 129)] {
            #expect(throws: Refusal.self) { try MessageLimits.check(clientID: text) }
        }
    }
}
