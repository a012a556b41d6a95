import Domain
import Foundation
import Logging
import TestSupport
import Testing

@testable import IntegrationService

struct RouteRulesTests {
    private func squads(
        _ rules: String, for json: String, among names: [String] = ["alpha", "bravo", "gold"]
    ) throws -> [String] {
        let rules = try RouteRules(parsing: Array(rules.utf8))
        guard case .signal(let signal) = try SignalDecoder.decode(SignalDecoderTests.entry([("event", json)])) else {
            return ["skipped"]
        }
        let all = try names.map { try SquadID($0) }
        return rules.squads(for: signal, among: all).map(\.rawValue)
    }

    private static let rules = """
        {"rules": [{"name": "gold", "match": {"symbol": "XAU*"}, "squads": ["gold"]},
                   {"match": {"class": ["SNIPER"], "minimum_tcs": 85}, "squads": ["alpha"]},
                   {"match": {"tier": ["commander"]}, "squads": ["bravo", "gone"]}],
         "otherwise": ["alpha", "bravo"]}
        """

    private func signal(_ symbol: String, class name: String = "RAPID", tcs: Int = 80, tier: String = "FANG") -> String
    {
        """
        {"signal_id":"S","symbol":"\(symbol)","direction":"BUY","confidence":\(tcs),"entry_price":1,\
        "signal_class":"\(name)","tier_required":"\(tier)"}
        """
    }

    @Test("without a rule every squad gets every signal")
    func all() throws {
        #expect(try self.squads("{}", for: self.signal("EURUSD")) == ["alpha", "bravo", "gold"])
    }

    @Test("every rule that matches adds its squads; the rest counts when none does")
    func matching() throws {
        #expect(try self.squads(Self.rules, for: self.signal("XAUUSD")) == ["gold"])
        #expect(try self.squads(Self.rules, for: self.signal("XAUUSD", class: "SNIPER", tcs: 90)) == ["alpha", "gold"])
        #expect(
            try self.squads(Self.rules, for: self.signal("EURUSD", class: "SNIPER", tcs: 84)) == ["alpha", "bravo"])
        #expect(try self.squads(Self.rules, for: self.signal("EURUSD", tier: "COMMANDER")) == ["bravo"])
    }

    @Test(
        "a slip in the file is told with its place",
        arguments: [
            (#"{"rule":[]}"#, "rule"), (#"{"rules":[{"match":{"symbl":"X"},"squads":["a"]}]}"#, "rules[0].match.symbl"),
            (#"{"rules":[{"match":{}}]}"#, "rules[0].squads"), (#"{"rules":[{"squads":["a b"]}]}"#, "a b"),
            (#"{"rules":[{"match":{"minimum_tcs":"x"},"squads":["a"]}]}"#, "minimum_tcs"), ("{", "JSON"),
        ])
    func slip(file: String, place: String) {
        #expect { try RouteRules(parsing: Array(file.utf8)) } throws: { "\($0)".contains(place) }
    }

    @Test("the example for operators says what its README says")
    func example() throws {
        let file = Fixture.root.appending(path: "Services/integration/routes.example.json")
        let example = try String(contentsOf: file, encoding: .utf8)
        let all = ["alpha", "bravo", "metals"]
        func squads(_ signal: String) throws -> [String] { try self.squads(example, for: signal, among: all) }
        #expect(try squads(self.signal("XAUUSD", class: "SNIPER", tcs: 90)) == ["alpha", "metals"])
        #expect(try squads(self.signal("XAGUSD")) == ["metals"])
        #expect(try squads(self.signal("EURUSD")) == all)
        #expect(try squads(self.signal("EURUSD", class: "SNIPER", tcs: 84)) == all)
        #expect(try squads(self.signal("EURUSD", tier: "commander")) == ["alpha", "bravo"])
    }

    @Test("a changed file counts at once; one that turned wrong leaves the last right rules")
    func reload() throws {
        let path = try temporaryDirectory() + "/routes.json"
        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
        try write(#"{"otherwise":["alpha"]}"#)
        let file = try RouteFile(path: path, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let first = file.rules
        try write(#"{"otherwise":["bravo"]}"#)
        file.readAgain()
        let second = file.rules
        #expect(first != second)
        try write("{")
        file.readAgain()
        #expect(file.rules == second)
    }
}
