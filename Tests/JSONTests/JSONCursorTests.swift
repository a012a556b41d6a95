import Foundation
import Testing

@testable import JSON

/// The grammar itself, held against another reader of RFC 8259.
struct JSONCursorTests {
    private static let samples = [
        #"{"id":7,"event":"send_message","data":{"room_id":"a","content":"x\u00e9\n","n":[1,-0.5e+3,{"deep":null}]}}"#,
        #" [ true , false , null , "" , 0 , -1 , 1E2 , 1.25e-7 , [ ] , { } , [ [ ] ] ] "#,
        #"{"\u0065":"\"\\\/\b\f\n\r\t\ud83c\udfaf","é":"🎯 \u2028","a b":{"c":[{"d":[0.0,10,-0]}]}}"#,
        #""text""#, "7", "[[[[[[[[1]]]]]]]]",
    ]

    private func accepts(_ bytes: [UInt8]) -> Bool { (try? JSONValue(parsing: bytes)) != nil }

    private func foundationAccepts(_ bytes: [UInt8]) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
    }

    @Test("a document cut short is never a document, wherever it is cut", arguments: samples)
    func prefixes(text: String) throws {
        let bytes = Array(text.utf8)
        #expect(self.accepts(bytes))
        let whole = try JSONValue(parsing: bytes)
        for length in bytes.indices {
            // Only white space may be missing.
            let isWhole = bytes[length...].allSatisfy { $0 == 0x20 }
            #expect(self.accepts(Array(bytes[..<length])) == isWhole, "cut at \(length)")
        }
        #expect(whole.bytes.elementsEqual(text.trimmingCharacters(in: .whitespaces).utf8))
    }

    /// What Foundation forgives, and RFC 8259 does not.
    private func hasTrailingComma(_ text: String) -> Bool { text.contains(#/,\s*[\]}]/#) }

    @Test("with one byte changed, taken out or put in, it is a document exactly where Foundation says so")
    func agreement() throws {
        let bytes = Array("{}[]:,\"\\ \n\t\u{1}0179-+.eEutfnxA/".utf8)
        var judged = 0
        // Half a surrogate pair as a value is a matter of meaning, in which the two differ; see below.
        for sample in Self.samples.map({ Array($0.replacing(#"\ud83c\udfaf"#, with: #"\u00af"#).utf8) }) {
            for position in sample.indices {
                var mutants = [sample, sample]
                mutants[0].remove(at: position)
                mutants[1].swapAt(position, max(0, position - 1))
                for byte in bytes {
                    mutants.append(sample)
                    mutants[mutants.count - 1][position] = byte
                    mutants.append(sample)
                    mutants[mutants.count - 1].insert(byte, at: position)
                }
                for mutant in mutants {
                    judged += 1
                    let text = String(decoding: mutant, as: UTF8.self)
                    let expected = self.foundationAccepts(mutant) && !self.hasTrailingComma(text)
                    #expect(self.accepts(mutant) == expected, "\(text)")
                }
            }
        }
        #expect(judged > 10_000)
    }

    @Test("a cursor passes over what it is not asked for, and says what it was and where it ended")
    func walking() throws {
        let text = #"{"a":{"b":[1,"\u0041"]},"c":"x\ty","d":null}"#
        var seen: [String] = []
        try Array(text.utf8).withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes)
            try cursor.object { (cursor, name) throws(JSONError) in
                if cursor.string(name) == "c" {
                    seen.append("c=" + (cursor.string(try cursor.text()) ?? ""))
                } else {
                    let start = cursor.offset
                    let kind = try cursor.value()
                    seen.append("\(kind) \(String(decoding: cursor.bytes(in: start..<cursor.offset), as: UTF8.self))")
                }
            }
            try cursor.end()
        }
        #expect(seen == [#"object {"b":[1,"\u0041"]}"#, "c=x\ty", "null null"])
    }

    @Test("half a surrogate pair is no text: refused in a name, wherever it stands, and no string as a value")
    func surrogates() throws {
        for text in [#"{"\ud800":1}"#, #"{"a":{"\udc00":1}}"#, #"[{"\ud83c\u0041":1}]"#] {
            #expect(throws: JSONError.self, "\(text)") { try JSONValue(parsing: text.utf8) }
        }
        #expect(try JSONValue(parsing: #"{"a":"\ud800"}"#.utf8)["a"]?.string == nil)
    }

    @Test("what is refused says at which byte reading stopped", arguments: [("[1,]", 3), ("{\"a\" 1}", 5), ("01", 1)])
    func offsets(text: String, offset: Int) {
        #expect(throws: JSONError.malformed(offset: offset)) { try JSONValue(parsing: text.utf8) }
    }
}
