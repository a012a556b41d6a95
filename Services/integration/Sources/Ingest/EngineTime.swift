import Domain
import JSON

/// What an engine says of a moment.
enum EngineTime {
    case notGiven
    case moment(Timestamp)
    /// It says something that cannot be read, or means no moment at which anybody traded: certainly not “now”.
    case unreadable(EngineDocument.Field)

    /// Before that nobody traded by these engines: it is an unset clock, a day number or a date written as a number.
    private static let earliest: Int64 = 946_684_800_000  // 2000-01-01

    /// Reads RFC 3339, ISO 8601 without a zone (Python's `isoformat()` of a UTC time), a blank for the `T`, `UTC` for the
    /// `Z`, an offset without its colon; numbers since 1970, by their size in s, ms, µs or ns, as number or text.
    init(_ field: EngineDocument.Field?) {
        guard let field else {
            self = .notGiven
            return
        }
        let moment: Timestamp?
        if let number = try? EngineDocument.number(field) {
            // The default of many languages for a moment that is not known.
            guard number.value != 0 else {
                self = .notGiven
                return
            }
            moment = Self.moment(epoch: number.value)
        } else {
            moment = (try? EngineDocument.text(field)).flatMap { Self.moment($0) }
        }
        guard let moment, moment.milliseconds >= Self.earliest else {
            self = .unreadable(field)
            return
        }
        self = .moment(moment)
    }

    /// What the first of these names says that says something: an unset clock in one of them says nothing.
    init(_ document: EngineDocument, _ names: String...) {
        for field in document.given(names) {
            let time = EngineTime(field)
            if case .notGiven = time { continue }
            self = time
            return
        }
        self = .notGiven
    }

    var moment: Timestamp? {
        if case .moment(let moment) = self { moment } else { nil }
    }

    /// What it says where that cannot be read.
    var unreadable: JSONValue? {
        if case .unreadable(let field) = self { field.value } else { nil }
    }

    /// Each unit is a thousand times the one before; their sizes do not meet before the year 5138.
    private static func moment(epoch: Double) -> Timestamp? {
        let milliseconds =
            switch abs(epoch) {
            case ..<1e11: epoch * 1e3
            case ..<1e14: epoch
            case ..<1e17: epoch / 1e3
            default: epoch / 1e6
            }
        guard (0..<253_402_300_800_000).contains(milliseconds) else { return nil }
        return Timestamp(milliseconds: Int64(milliseconds))
    }

    private static func moment(_ text: String) -> Timestamp? {
        var text = text.replacing(" ", with: "T", maxReplacements: 1)
        for zone in ["UTC", "GMT"] where text.hasSuffix(zone) {
            text = text.dropLast(zone.count).filter { $0 != " " } + "Z"
        }
        if let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }),
            sign > text.firstIndex(of: ":") ?? text.endIndex,
            text.distance(from: sign, to: text.endIndex) == 5, !text[sign...].contains(":")
        {
            text.insert(":", at: text.index(sign, offsetBy: 3))
        }
        return Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "Z")
    }
}
