/// The spelling of Prometheus' text format 0.0.4.
enum PrometheusText {
    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`; everything else becomes `_`.
    static func name(_ label: String) -> String {
        var name = ""
        for scalar in label.unicodeScalars {
            let isAllowed = scalar.isASCII && (scalar.properties.isAlphabetic || scalar == "_" || scalar == ":")
            let isDigit = ("0"..."9").contains(scalar)
            if name.isEmpty && isDigit { name += "_" }
            name.unicodeScalars.append(isAllowed || isDigit ? scalar : "_")
        }
        return name.isEmpty ? "_" : name
    }

    /// `{a="1",b="2"}` in order of the names, or nothing.
    static func labels(_ dimensions: [(String, String)]) -> String {
        guard !dimensions.isEmpty else { return "" }
        let pairs = dimensions.map { (self.name($0.0).replacing(":", with: "_"), $0.1) }.sorted { $0.0 < $1.0 }
        return "{" + pairs.map { "\($0.0)=\"\(self.escaped($0.1))\"" }.joined(separator: ",") + "}"
    }

    static func adding(label: String, _ value: String, to labels: String) -> String {
        let pair = "\(label)=\"\(value)\""
        return labels.isEmpty ? "{\(pair)}" : labels.dropLast() + ",\(pair)}"
    }

    /// Backslash, quote and line feed, as the format asks.
    static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}
