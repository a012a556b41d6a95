/// A text with places for values, in the two forms of mustache that mails need: `{{name}}`, and `{{#name}}…{{/name}}` for
/// what stands there only when the value is not empty.
struct MailTemplate: Sendable {
    /// Why a template cannot be read: it is ours, so a test finds it.
    enum TemplateError: Error, Equatable {
        case unclosed(String)
    }

    private enum Part {
        case text(String)
        case value(String)
        case section(String, [Part])
    }

    private let parts: [Part]

    init(_ source: [UInt8]) throws(TemplateError) {
        var rest = Substring(String(decoding: source, as: UTF8.self))
        self.parts = try Self.parts(&rest, until: nil)
    }

    /// - Parameters:
    ///   - values: One that is missing counts as empty.
    ///   - escape: What makes a value harmless where it stands.
    func render(_ values: [String: String], escape: (String) -> String = { $0 }) -> String {
        var result = ""
        result.reserveCapacity(2_048)
        Self.append(self.parts, values.mapValues(escape), to: &result)
        return result
    }

    /// For text and attributes of HTML.
    static func escapeHTML(_ text: String) -> String {
        let special: [UInt8: String] = [
            UInt8(ascii: "&"): "&amp;", UInt8(ascii: "<"): "&lt;", UInt8(ascii: ">"): "&gt;",
            UInt8(ascii: "\""): "&quot;", UInt8(ascii: "'"): "&#39;",
        ]
        guard text.utf8.contains(where: { special[$0] != nil }) else { return text }
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if let escaped = special[byte] { bytes += escaped.utf8 } else { bytes.append(byte) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func append(_ parts: [Part], _ values: [String: String], to result: inout String) {
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .value(let name): result += values[name] ?? ""
            case .section(let name, let inner):
                if values[name]?.isEmpty == false { self.append(inner, values, to: &result) }
            }
        }
    }

    private static func parts(_ rest: inout Substring, until end: String?) throws(TemplateError) -> [Part] {
        var parts: [Part] = []
        while let open = rest.firstRange(of: "{{") {
            parts.append(.text(String(rest[..<open.lowerBound])))
            rest = rest[open.upperBound...]
            guard let close = rest.firstRange(of: "}}") else { throw .unclosed(String(rest.prefix(20))) }
            let name = String(rest[..<close.lowerBound])
            rest = rest[close.upperBound...]
            if name == end { return parts }
            if name.hasPrefix("#") {
                parts.append(.section(String(name.dropFirst()), try self.parts(&rest, until: "/" + name.dropFirst())))
            } else {
                parts.append(.value(name))
            }
        }
        if let end { throw .unclosed(end) }
        parts.append(.text(String(rest)))
        return parts
    }
}
