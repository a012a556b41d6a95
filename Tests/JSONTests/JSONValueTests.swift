import Glibc
import Testing

@testable import JSON

struct JSONValueTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: text.utf8) }

    @Test(
        "what is not JSON is refused",
        arguments: [
            "", " ", "{", "}", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "01", "1.", ".5", "+1", "NaN", "Infinity", "'a'",
            "\"\\x\"", "\"\\u12\"", "\"\u{1}\"", "tru", "nulls", "{} {}", "{\"a\":1,\"a\":2}", "\"a", "-", "1e",
        ])
    func refusals(text: String) {
        #expect(throws: JSONError.self) { try self.parse(text) }
    }

    @Test("bytes that are not UTF-8 are refused")
    func notUTF8() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xC3, 0x28, 0x22]) }
    }

    @Test("nesting beyond the limit is refused, and a long bracket row cannot overflow the stack")
    func depth() throws {
        _ = try JSONValue(parsing: "[[1]]".utf8, maximumDepth: 2)
        #expect(throws: JSONError.self) { try JSONValue(parsing: "[[[1]]]".utf8, maximumDepth: 2) }
        #expect(throws: JSONError.self) { try self.parse(String(repeating: "[", count: 1_000_000)) }
    }

    @Test("fields come back in order with their values")
    func fields() throws {
        let value = try self.parse(#" { "id" : 7, "event":"send_message","data":{"a":[1, 2.5,true,null]} } "#)
        #expect(try value.fields().map(\.name) == ["id", "event", "data"])
        #expect(value["id"]?.integer == 7)
        #expect(value["event"]?.string == "send_message")
        let elements = try #require(value["data"]?["a"]).elements()
        #expect(elements.map(\.kind) == [.number, .number, .boolean, .null])
        #expect(elements[1].double == 2.5)
        #expect(elements[1].integer == nil)
        #expect(elements[2].boolean == true)
    }

    @Test("a name twice is refused in a short object and in a long one, and one pass gives the same fields as two")
    func names() throws {
        for count in [2, 15, 16, 17, 18, 40] {
            let members = (0..<count).map { "\"n\($0)\":\($0)" }
            let text = "{\(members.joined(separator: ","))}"
            #expect(try JSONValue.fields(parsing: text.utf8).map(\.name) == (0..<count).map { "n\($0)" })
            #expect(try self.parse(text).fields().map(\.value.integer) == Array(0..<count))
            for twice in [0, count - 1] {
                let doubled = "{\(members.joined(separator: ",")),\"\\u006e\(twice)\":0}"
                #expect(throws: JSONError.duplicateName("n\(twice)")) { try self.parse(doubled) }
                #expect(throws: JSONError.duplicateName("n\(twice)")) { try JSONValue.fields(parsing: doubled.utf8) }
            }
        }
        #expect(throws: JSONError.unexpected(.array)) { try JSONValue.fields(parsing: "[]".utf8) }
        #expect(throws: JSONError.self) { try JSONValue.fields(parsing: "{} {}".utf8) }
        #expect(throws: JSONError.self) { try JSONValue.fields(parsing: #"{"a":[1]}"#.utf8, maximumDepth: 1) }
    }

    @Test("ten times as many names cost about ten times the work, not a hundred times")
    func manyNames() throws {
        // By the processor's time of this thread: on a busy machine only what is long is interrupted.
        func spent() -> Duration {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        }
        func shortest(_ count: Int) throws -> Duration {
            let text = Array("{\((0..<count).map { "\"n\($0)\":0" }.joined(separator: ","))}".utf8)
            return try (0..<3).map { _ in
                let before = spent()
                _ = try JSONValue(parsing: text)
                return spent() - before
            }.min() ?? .zero
        }
        let few = try shortest(800)
        #expect(try shortest(8_000) < few * 30)
    }

    @Test("escapes are resolved, surrogate pairs joined, half a pair is no string")
    func escapes() throws {
        #expect(try self.parse(#""a\n\t\"\\\/\u00e9\ud83c\udfaf""#).string == "a\n\t\"\\/é🎯")
        #expect(try self.parse(#""\ud83c""#).string == nil)
        #expect(try self.parse(#""\ud83c\u0041""#).string == nil)
    }

    @Test("a number too large for a double is not finite, so it is none")
    func overflow() throws {
        #expect(try self.parse("1e999").double == nil)
        #expect(try self.parse("99999999999999999999").integer == nil)
    }

    @Test("compacting takes white space between tokens only")
    func compact() throws {
        let value = try self.parse("{ \"a b\" : \"x \\\" y\" ,\n\"c\":[ 1 , 2 ] }")
        #expect(String(decoding: JSONWriter.compact(value), as: UTF8.self) == #"{"a b":"x \" y","c":[1,2]}"#)
    }

    @Test("a field's value is replaced where it stands, and nothing else is touched")
    func replacing() throws {
        let value = try JSONValue(parsing: Array(#" {"a" : {"b":1.10} , "c":[ 2 ]} "#.utf8))
        let inner = try #require(value["a"]?.replacing("b", with: "null".utf8))
        #expect(value.replacing("a", with: inner) == Array(#"{"a" : {"b":null} , "c":[ 2 ]}"#.utf8))
        #expect(value.replacing("d", with: "1".utf8) == nil)
        #expect(value["c"]?.replacing("a", with: "1".utf8) == nil)
    }
}
