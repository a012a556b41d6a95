import Domain
import JSON
import NIOCore
import Redis

/// Why an entry of the engine can never be used.
struct EngineRefusal: Error, Equatable, CustomStringConvertible {
    /// One line for the dead letter: what is wrong, and where.
    let reason: String
    var description: String { self.reason }

    init(_ reason: String) { self.reason = reason }
}

/// One entry of an engine's stream as named JSON values, whichever way it was written: as one field `event` that holds
/// JSON, or as one field per value.
struct EngineDocument {
    /// The largest entry, in bytes: a signal has about 1 kB, and its fields travel on to every browser.
    static let largestEntry = 16_384
    /// An entry has at most so many fields.
    static let mostFields = 200
    /// How deeply an entry may nest; chat lets nothing deeper in.
    static let maximumDepth = 16

    typealias Field = (name: String, value: JSONValue)

    /// In the order they came.
    let fields: [Field]

    init(_ entry: StreamEntry) throws(EngineRefusal) {
        let size = entry.fields.reduce(0) { $0 + $1.0.utf8.count + $1.1.readableBytes }
        guard size <= Self.largestEntry else {
            throw EngineRefusal("\(size) bytes are more than the \(Self.largestEntry) of any real entry")
        }
        let fields: [(name: String, value: JSONValue)]
        if let event = entry["event"] {
            fields = try Self.parse(event)
        } else {
            var names: Set<String> = []
            fields = try entry.fields.map { (name, value) throws(EngineRefusal) in
                guard names.insert(name).inserted else { throw EngineRefusal("the entry holds \(name) twice") }
                return (name, try Self.value(name, value))
            }
        }
        guard fields.count <= Self.mostFields else { throw EngineRefusal("more than \(Self.mostFields) fields") }
        if let raw = fields.first(where: { $0.name == "raw" }),
            fields.allSatisfy({ ["raw", "ingest_ts"].contains($0.name) })
        {
            throw EngineRefusal("the engine's bridge could not read it: \((raw.value.string ?? "").prefix(80))")
        }
        self.fields = fields
    }

    private static func parse(_ event: ByteBuffer) throws(EngineRefusal) -> [(name: String, value: JSONValue)] {
        let bytes = Array(event.readableBytesView)
        do {
            return try JSONValue.fields(parsing: bytes, maximumDepth: Self.maximumDepth)
        } catch {
            // Python writes them; in a field that nobody needs they are no reason to lose the signal.
            if case .malformed = error, let quoted = JSONWords.quoted(bytes),
                let fields = try? JSONValue.fields(parsing: quoted, maximumDepth: Self.maximumDepth)
            {
                return fields
            }
            switch error {
            case .malformed(let offset):
                let text = String(decoding: bytes.dropFirst(offset).prefix(24), as: UTF8.self)
                throw EngineRefusal("field event is not JSON from byte \(offset), “\(text)”")
            case .unexpected(let kind): throw EngineRefusal("field event holds a JSON \(kind.rawValue), not an object")
            case .duplicateName(let name): throw EngineRefusal("field event holds \(name) twice")
            }
        }
    }

    /// A flat field is text, except where it is a JSON array or object itself.
    private static func value(_ name: String, _ buffer: ByteBuffer) throws(EngineRefusal) -> JSONValue {
        if let first = buffer.readableBytesView.first, first == UInt8(ascii: "[") || first == UInt8(ascii: "{"),
            let value = try? JSONValue(parsing: buffer.readableBytesView, maximumDepth: Self.maximumDepth - 1)
        {
            return value
        }
        guard let text = String(validating: buffer.readableBytesView, as: UTF8.self) else {
            throw EngineRefusal("\(name) is not UTF-8")
        }
        var json: [UInt8] = []
        JSONWriter.append(text, to: &json)
        guard let value = try? JSONValue(parsing: json) else { throw EngineRefusal("\(name) is not text") }
        return value
    }

    /// The value of the first of `names` that says something.
    subscript(names: String...) -> Field? {
        for name in names {
            if let field = self.fields.first(where: { $0.name == name }), Self.isGiven(field.value) { return field }
        }
        return nil
    }

    /// Those of `names` that say something, in that order.
    func given(_ names: [String]) -> [Field] {
        names.compactMap { name in self.fields.first { $0.name == name && Self.isGiven($0.value) } }
    }

    /// Whether a value says something: sources that have nothing to say write null, blanks, or a word for it.
    private static func isGiven(_ value: JSONValue) -> Bool {
        guard !value.isNull else { return false }
        guard let text = value.string else { return true }
        return !Self.nothing.contains(Self.trimmed(text).lowercased())
    }

    private static let nothing: Set<String> = [
        "", "none", "null", "nil", "nan", "n/a", "na", "-", "—", "undefined", "inf", "-inf", "+inf", "infinity",
        "-infinity", "+infinity",
    ]

    /// Why an entry without anything under `names` is refused.
    func missing(_ names: String...) -> EngineRefusal {
        if let field = self.fields.first(where: { names.contains($0.name) && $0.value.string?.isEmpty == false }) {
            return EngineRefusal("\(field.name) is “\((field.value.string ?? "").prefix(40))”, which says nothing")
        }
        return EngineRefusal("\(names.first ?? "a field") is missing")
    }

    /// The text of `field`, without the white space around it; a number is the text it is written as.
    static func text(_ field: Field?) throws(EngineRefusal) -> String? {
        guard let field else { return nil }
        switch field.value.kind {
        case .string:
            guard let text = field.value.string else { throw EngineRefusal("\(field.name) is not text") }
            return Self.trimmed(text)
        case .number, .boolean: return String(decoding: field.value.bytes, as: UTF8.self)
        case .null, .array, .object: throw EngineRefusal("\(field.name) is \(field.value.kind.rawValue), not text")
        }
    }

    /// The number of `field`, with its digits as they were written: a price of 1.10 is not 1.1 to a reader.
    static func number(_ field: Field?) throws(EngineRefusal) -> EngineNumber? {
        guard let field else { return nil }
        let written = try Self.text(field) ?? ""
        guard field.value.kind != .boolean, let number = DecimalText(written) else {
            throw EngineRefusal("\(field.name) is “\(written.prefix(40))”, not a number")
        }
        return EngineNumber(number, isText: field.value.kind == .string)
    }

    /// The number under `names`.
    func number(_ names: String...) throws(EngineRefusal) -> EngineNumber? {
        try self.agreed(names, Self.number) { $0.value == $1.value || $1.value == 0 }
    }

    /// The number under `names` where it is one other than zero: no trade has a stop, a target or an exit of nothing.
    func optionalNumber(_ names: String...) throws(EngineRefusal) -> EngineNumber? {
        try self.agreed(names) { (field) throws(EngineRefusal) in
            try Self.number(field).flatMap { $0.value == 0 ? nil : $0 }
        } isSame: {
            $0.value == $1.value
        }
    }

    /// What the first of `names` says that says something. Another that says something else is no spelling of the same:
    /// nobody knows which of them is meant.
    func agreed<Value>(
        _ names: [String], _ read: (Field?) throws(EngineRefusal) -> Value?, isSame: (Value, Value) -> Bool
    ) throws(EngineRefusal) -> Value? {
        var found: (field: Field, value: Value)?
        for name in names {
            guard let field = self[name] else { continue }
            guard let first = found else {
                found = try read(field).map { (field, $0) }
                continue
            }
            // What cannot be read at all may be something else of that name: a list of targets, a deal's direction.
            guard let value = (try? read(field)) ?? nil, !isSame(first.value, value) else { continue }
            throw EngineRefusal(
                "\(first.field.name) is \(Self.excerpt(first.field)) and \(name) is \(Self.excerpt(field)): which is meant?"
            )
        }
        return found?.value
    }

    private static func excerpt(_ field: Field) -> String {
        "“\(field.value.string?.prefix(40) ?? String(decoding: field.value.bytes, as: UTF8.self).prefix(40))”"
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}

/// A finite number and the way it was written.
struct EngineNumber: Equatable {
    let value: Double
    /// In plain digits: a JSON number.
    let digits: String
    /// The same as text, where a JSON number would not tell a reader how it was written: its source chose the last zero, or
    /// wrote text. Others are numbers to their source as well, and are shown as exactly as those beside them.
    let text: String?
    /// Whether its source wrote text.
    let isText: Bool

    /// The percentage that a fraction is.
    var percent: EngineNumber? {
        DecimalText(self.digits)?.hundredfold.map { EngineNumber($0, isText: self.isText) }
    }

    init(_ number: DecimalText, isText: Bool) {
        self.value = number.value
        self.digits = number.text
        self.isText = isText
        // Browsers write numbers from 10²¹ on with an exponent.
        self.text = isText || number.endsInZero || abs(number.value) >= 1e21 ? number.text : nil
    }
}
