import Testing

@testable import JSON

struct JSONWriterTests {
    @Test("whatever text goes in comes out of a reader unchanged, on one line")
    func roundTrip() throws {
        let text = "plain \"quoted\" \\ \n\r\t \u{0}\u{1F} é 🎯 \u{2028}\u{2029}\u{202E} </script>"
        var json = JSONWriter()
        json.field("text", text)
        json.field("none", nil as String?)
        json.field("number", 41)
        json.field("price", 1.0842)
        json.field("nan", Double.nan)
        json.field("flag", true)
        json.field("list", ["a", "b\""])
        let bytes = json.finish()
        #expect(!bytes.contains(UInt8(ascii: "\n")))
        let value = try JSONValue(parsing: bytes)
        #expect(value["text"]?.string == text)
        #expect(value["none"]?.isNull == true)
        #expect(value["number"]?.integer == 41)
        #expect(value["price"]?.double == 1.0842)
        #expect(value["nan"]?.isNull == true)
        #expect(value["flag"]?.boolean == true)
        #expect(try value["list"]?.elements().map(\.string) == ["a", "b\""])
    }

    @Test("line separators are escaped, so old JavaScript readers see no line break")
    func separators() {
        var bytes: [UInt8] = []
        JSONWriter.append("a\u{2028}b\u{2029}c\u{2027}", to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "\"a\\u2028b\\u2029c\u{2027}\"")
    }

    @Test("no control character stands raw, not even those a terminal would obey")
    func controlCharacters() {
        var bytes: [UInt8] = []
        JSONWriter.append("a\u{1B}b\u{7F}c\u{80}d\u{9F}e\u{A0}", to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "\"a\\u001bb\\u007fc\\u0080d\\u009fe\u{A0}\"")
    }
}
