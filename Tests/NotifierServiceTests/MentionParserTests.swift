import Foundation
import TestSupport
import Testing

@testable import NotifierService

struct MentionParserTests {
    private let parser = MentionParser(names: [
        ["Alpha-1", "al"], ["Alpha-1-2", "alice"], ["Bob", "bob.smith"], ["Viper One", "viper"], ["Ünsal", "uensal"],
        ["Bob", "bobby"],
    ])

    @Test(
        "names are found at word edges, in any case, with hyphens and before punctuation",
        arguments: [
            ("@alpha-1", [0]), ("@ALPHA-1", [0]), ("@Alpha-1.", [0]), ("@alpha-1!", [0]), ("(@alpha-1)", [0]),
            ("hey @alpha-1, go", [0]), ("@alpha-1's turn", [0]), ("@alpha-1- go", [0]), ("@alpha-1-", [0]),
            ("@alpha-1...", [0]), ("@al", [0]), ("@al.", [0]), ("@alice", [1]), ("@alpha-1-2", [1]),
            ("@al @alice", [0, 1]),
            ("@alpha-12", []), ("@alpha-1x", []), ("@alpha-1-x", []), ("@alpha", []), ("@ali", []), ("@al_", []),
            ("x@al", []), ("x.@al", []), ("me@al.example", []), ("@@al", []), ("@ al", []), ("@", []), ("al", []),
            ("@bob.smith", [2]), ("@bob.smith.", [2]), ("@bob.smithers", []), ("@Viper One", [3]), ("@viper one!", [3]),
            ("@viper Onex", [3]), ("@ÜNSAL", [4]), ("@ünsal…", [4]), ("@bob", [2, 5]), ("@bob,@al", [0, 2, 5]),
            ("日本@al", []), ("🎯@al", [0]), ("\n@al\n", [0]),
        ])
    func names(text: String, expected: [Int]) {
        #expect(self.parser.mentions(in: text).names == Set(expected), "\(text)")
    }

    @Test(
        "the words for everybody",
        arguments: [
            ("@squad", true), ("@SQUAD!", true), ("@everyone", true), ("@all", true), ("@all-in", false),
            ("@allow", false), ("squad", false), ("a@squad", false), ("`@squad`", false),
        ])
    func everybody(text: String, expected: Bool) {
        #expect(self.parser.mentions(in: text).squad == expected, "\(text)")
    }

    @Test(
        "what is quoted as code mentions nobody",
        arguments: [
            ("`@al`", []), ("``a ` @al``", []), ("```\n@al\n```", []), ("`x` @al `y`", [0]), ("` @al", [0]),
            ("`` @al `", [0]), ("`a`@al", [0]),
        ])
    func code(text: String, expected: [Int]) {
        #expect(self.parser.mentions(in: text).names == Set(expected), "\(text)")
    }

    @Test("the notifier rings for whom the page tints and counts")
    func sharedWithThePage() throws {
        let file = try JSONDecoder().decode(SharedCases.self, from: Data(Fixture.bytes("mentions.json")))
        let parser = MentionParser(names: file.people.map(\.names))
        #expect(file.cases.count > 40)
        for sample in file.cases {
            let found = parser.mentions(in: sample.text)
            let names = found.names.map { file.people[$0].id }.sorted()
            #expect(names == sample.names.sorted() && found.squad == sample.squad, "\(sample.text)")
        }
    }

    /// `Tests/Fixtures/mentions.json`, which the tests of the page read too.
    private struct SharedCases: Decodable {
        struct Person: Decodable {
            let id: String
            let names: [String]
        }
        struct Sample: Decodable {
            let text: String
            let names: [String]
            let squad: Bool
        }
        let people: [Person]
        let cases: [Sample]
    }

    @Test("a person who is called like the word for all is meant alone")
    func precedence() {
        let parser = MentionParser(names: [["All", "x"]])
        #expect(parser.mentions(in: "@all") == .init(names: [0], squad: false))
    }

    @Test("two thousand @ signs are no burden")
    func flood() {
        let names = (0..<500).map { ["user-\($0)-\(String(repeating: "x", count: 50))"] }
        let began = ContinuousClock.now
        #expect(MentionParser(names: names).mentions(in: String(repeating: "@", count: 2_000)).names.isEmpty)
        #expect(MentionParser(names: names).mentions(in: String(repeating: "@u ", count: 666)).names.isEmpty)
        #expect(ContinuousClock.now - began < .seconds(10))
    }
}
