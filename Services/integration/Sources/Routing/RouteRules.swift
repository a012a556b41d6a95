import Domain
import JSON

/// Which signals go to which squads.
///
/// ```json
/// {"rules": [
///    {"match": {"symbol": ["XAU*"], "class": ["SNIPER"]}, "squads": ["alpha"]},
///    {"match": {"tier": ["COMMANDER"], "minimum_tcs": 85}, "squads": ["alpha", "bravo"]}],
///  "otherwise": ["*"]}
/// ```
///
/// Every rule that matches adds its squads; `otherwise` counts when none does and is `["*"]`, every squad, unless it is
/// given. A rule matches when each of its conditions holds; a condition holds when one of its words does.
struct RouteRules: Sendable, Equatable {
    struct Rule: Sendable, Equatable {
        /// In the form in which symbols are compared; with a `*` at the end, which stands for anything, upper-cased.
        var symbols: [String] = []
        /// Upper-cased; the signal's class.
        var classes: Set<String> = []
        /// Upper-cased; one of the signal's tiers.
        var tiers: Set<String> = []
        var minimumConfidence: Double?
        var squads: Destination

        func matches(_ decoded: DecodedSignal) -> Bool {
            let signal = decoded.signal
            return (self.symbols.isEmpty || self.symbols.contains { Self.fits($0, signal.symbol) })
                && (self.classes.isEmpty || signal.signalClass.map { self.classes.contains($0.rawValue) } == true)
                && (self.tiers.isEmpty || !self.tiers.isDisjoint(with: decoded.tiers))
                && (self.minimumConfidence.map { signal.confidence >= $0 } ?? true)
        }

        private static func fits(_ pattern: String, _ symbol: TradeSymbol) -> Bool {
            guard pattern.hasSuffix("*") else { return pattern == symbol.normal }
            return symbol.normal.hasPrefix(pattern.dropLast())
                || symbol.written.uppercased().hasPrefix(pattern.dropLast())
        }
    }

    enum Destination: Sendable, Equatable {
        case everySquad
        case squads(Set<SquadID>)
    }

    /// What is wrong with a rule file, and where.
    struct Malformed: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    var rules: [Rule] = []
    var otherwise = Destination.everySquad

    /// Every signal to every squad.
    init() {}

    init(parsing bytes: [UInt8]) throws(Malformed) {
        let object: JSONValue
        do { object = try JSONValue(parsing: bytes) } catch { throw Malformed(description: "not JSON: \(error)") }
        for (name, value) in try Self.fields(object, of: "the file") {
            switch name {
            case "rules":
                guard let elements = try? value.elements() else { throw Malformed(description: "rules is no list") }
                for (index, element) in elements.enumerated() {
                    self.rules.append(try Self.rule(element, at: "rules[\(index)]"))
                }
            case "otherwise": self.otherwise = try Self.destination(value, at: "otherwise")
            case let name where name.hasPrefix("_"): break  // a remark
            default: throw Malformed(description: "unknown name “\(name)”; known are rules and otherwise")
            }
        }
    }

    /// - Parameter squads: Every squad there is, in the order in which they are to be served.
    func squads(for decoded: DecodedSignal, among squads: [SquadID]) -> [SquadID] {
        let matching = self.rules.filter { $0.matches(decoded) }.map(\.squads)
        let destinations = matching.isEmpty ? [self.otherwise] : matching
        return squads.filter { squad in
            destinations.contains { destination in
                switch destination {
                case .everySquad: true
                case .squads(let named): named.contains(squad)
                }
            }
        }
    }
}

/// Reading a rule file: strict, because a rule with a slip in it would silently send nothing, or everything.
extension RouteRules {
    private static func rule(_ value: JSONValue, at place: String) throws(Malformed) -> Rule {
        var rule = Rule(squads: .everySquad)
        var hasSquads = false
        for (name, value) in try Self.fields(value, of: place) {
            switch name {
            case "match": try Self.read(conditions: value, into: &rule, at: "\(place).match")
            case "squads":
                rule.squads = try Self.destination(value, at: "\(place).squads")
                hasSquads = true
            case let name where name == "name" || name.hasPrefix("_"): break
            default: throw Malformed(description: "\(place).\(name) is unknown; known are name, match and squads")
            }
        }
        guard hasSquads else { throw Malformed(description: "\(place).squads is missing") }
        return rule
    }

    private static func read(
        conditions: JSONValue, into rule: inout Rule, at place: String
    ) throws(Malformed) {
        for (name, value) in try Self.fields(conditions, of: place) {
            let place = "\(place).\(name)"
            switch name {
            case "symbol":
                rule.symbols = try Self.words(value, at: place).map {
                    $0.hasSuffix("*") ? $0.uppercased() : TradeSymbol.normal($0)
                }
            case "class": rule.classes = Set(try Self.words(value, at: place).map { $0.uppercased() })
            case "tier": rule.tiers = Set(try Self.words(value, at: place).map { $0.uppercased() })
            case "minimum_tcs":
                guard let minimum = value.double, (0.0...100.0).contains(minimum) else {
                    throw Malformed(description: "\(place) is no number of 0–100")
                }
                rule.minimumConfidence = minimum
            default:
                throw Malformed(description: "\(place) is unknown; known are symbol, class, tier and minimum_tcs")
            }
        }
    }

    private static func destination(_ value: JSONValue, at place: String) throws(Malformed) -> Destination {
        guard let elements = try? value.elements() else { throw Malformed(description: "\(place) is no list") }
        var squads: Set<SquadID> = []
        for element in elements {
            guard let text = element.string else { throw Malformed(description: "\(place) holds what is no text") }
            if text == "*" { return .everySquad }
            guard let squad = try? SquadID(text) else {
                throw Malformed(description: "\(place): “\(text)” is no squad's id")
            }
            squads.insert(squad)
        }
        return .squads(squads)
    }

    private static func words(_ value: JSONValue, at place: String) throws(Malformed) -> [String] {
        if let word = value.string { return [word] }
        guard let elements = try? value.elements(), !elements.isEmpty else {
            throw Malformed(description: "\(place) is neither a text nor a list of texts")
        }
        var words: [String] = []
        for element in elements {
            guard let word = element.string, !word.isEmpty else {
                throw Malformed(description: "\(place) holds what is no text")
            }
            words.append(word)
        }
        return words
    }

    private static func fields(
        _ value: JSONValue, of place: String
    ) throws(Malformed) -> [(name: String, value: JSONValue)] {
        do { return try value.fields() } catch { throw Malformed(description: "\(place) is no object of named fields") }
    }
}
