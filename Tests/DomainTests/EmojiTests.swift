import Domain
import Testing

/// Spellings are those of Unicode's emoji-test.txt: what it calls fully qualified is what we keep.
struct EmojiTests {
    @Test(
        "an emoji has one spelling, however it is written",
        arguments: [
            // What is a picture by itself takes no selector.
            ("\u{1F44D}\u{FE0F}", "\u{1F44D}"), ("\u{1F44D}", "\u{1F44D}"),
            // What would be drawn as text does.
            ("\u{2764}", "\u{2764}\u{FE0F}"), ("\u{2764}\u{FE0F}", "\u{2764}\u{FE0F}"),
            ("\u{A9}", "\u{A9}\u{FE0F}"),
            // A skin tone makes it a picture.
            ("\u{270C}\u{FE0F}\u{1F3FD}", "\u{270C}\u{1F3FD}"), ("\u{1F44D}\u{1F3FD}", "\u{1F44D}\u{1F3FD}"),
            // Keycaps.
            ("1\u{20E3}", "1\u{FE0F}\u{20E3}"), ("#\u{FE0F}\u{20E3}", "#\u{FE0F}\u{20E3}"),
            // Sequences, each part by itself: rainbow flag, eye in a bubble, heart on fire, runner, family, kiss.
            ("\u{1F3F3}\u{200D}\u{1F308}", "\u{1F3F3}\u{FE0F}\u{200D}\u{1F308}"),
            ("\u{1F441}\u{200D}\u{1F5E8}", "\u{1F441}\u{FE0F}\u{200D}\u{1F5E8}\u{FE0F}"),
            ("\u{2764}\u{200D}\u{1F525}", "\u{2764}\u{FE0F}\u{200D}\u{1F525}"),
            (
                "\u{1F3C3}\u{1F3FB}\u{200D}\u{2640}",
                "\u{1F3C3}\u{1F3FB}\u{200D}\u{2640}\u{FE0F}"
            ),
            (
                "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}",
                "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}"
            ),
            (
                "\u{1F469}\u{200D}\u{2764}\u{200D}\u{1F48B}\u{200D}\u{1F468}",
                "\u{1F469}\u{200D}\u{2764}\u{FE0F}\u{200D}\u{1F48B}\u{200D}\u{1F468}"
            ),
            // Flags.
            ("\u{1F1EF}\u{1F1F5}", "\u{1F1EF}\u{1F1F5}"),
            (
                "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
                "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}"
            ),
        ])
    func spelling(written: String, kept: String) throws {
        let emoji = try #require(Emoji(written))
        #expect(emoji.text.unicodeScalars.elementsEqual(kept.unicodeScalars))
        #expect(Emoji(emoji.text) == emoji)
    }

    @Test(
        "what is no whole emoji is none, though it may look like one or be a part of one",
        arguments: [
            "\u{1F469}\u{200D}", "\u{200D}\u{1F469}", "\u{1F469}\u{200D}\u{200D}\u{1F467}",  // cut sequences
            "\u{1F1EF}", "\u{1F1EF}\u{1F1F5}\u{1F1EF}",  // half a flag
            "\u{1F3FD}", "\u{1F525}\u{1F3FD}",  // a tone alone, and one that nothing takes
            "\u{301}", "\u{20E3}", "\u{FE0F}", "\u{200D}",  // marks alone
            "\u{1F44D}\u{301}", "\u{1F44D}\u{20E3}", "\u{1F44D}\u{FE0F}\u{FE0F}", "\u{2764}\u{FE0E}",
            "1", "1\u{FE0F}", "a\u{20E3}", "#", "\u{E9}",
            "\u{1F3F4}\u{E0067}", "\u{1F3F4}\u{E007F}", "\u{1F44D}\u{E0067}\u{E007F}",  // cut and empty tags
            "\u{1F44D}\u{1F44D}", "",
        ])
    func none(text: String) {
        #expect(Emoji(text) == nil)
    }
}
