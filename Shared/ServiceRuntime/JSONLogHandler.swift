public import Logging

/// Writes one JSON object per log record and line:
/// `{"time":"2026-11-22T10:07:03.123Z","level":"info","service":"chat","message":"…","partition":"3"}`.
public struct JSONLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?

    private let service: String
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - service: Stands in every line.
    ///   - write: Takes one line with its line break; standard error unless a test listens. Called on any thread.
    public init(
        service: String, level: Logger.Level = .info,
        write: @escaping @Sendable (String) -> Void = { Console.write($0, to: .standardError) }
    ) {
        self.service = service
        self.logLevel = level
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var fields = self.metadata
        if let provided = self.metadataProvider?.get() { fields.merge(provided) { $1 } }
        if let own = event.metadata { fields.merge(own) { $1 } }
        if let error = event.error { fields["error"] = "\(error)" }

        var line = "{\"time\":\"\(WallClock.rfc3339())\",\"level\":\"\(event.level.rawValue)\",\"service\":"
        appendJSONString(self.service, to: &line)
        line += ",\"message\":"
        appendJSONString(event.message.description, to: &line)
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            line += ","
            // A field of ours is never overwritten by metadata of the same name.
            appendJSONString(Self.ownFields.contains(key) ? key + "_" : key, to: &line)
            line += ":"
            append(value, to: &line)
        }
        line += "}\n"
        self.write(line)
    }

    private static let ownFields: Set<String> = ["time", "level", "service", "message"]

    private func append(_ value: Logger.MetadataValue, to line: inout String) {
        switch value {
        case .string(let text): appendJSONString(text, to: &line)
        case .stringConvertible(let value): appendJSONString(value.description, to: &line)
        case .array(let values):
            line += "["
            for (index, value) in values.enumerated() {
                if index > 0 { line += "," }
                self.append(value, to: &line)
            }
            line += "]"
        case .dictionary(let members):
            line += "{"
            for (index, (key, value)) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line += "," }
                appendJSONString(key, to: &line)
                line += ":"
                self.append(value, to: &line)
            }
            line += "}"
        }
    }
}

/// Appends `text` as a JSON string; control characters and the line separators of JavaScript are escaped, so that a
/// line stays a line.
func appendJSONString(_ text: String, to line: inout String) {
    line += "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": line += "\\\""
        case "\\": line += "\\\\"
        case "\n": line += "\\n"
        case "\r": line += "\\r"
        case "\t": line += "\\t"
        default:
            if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x2028...0x2029).contains(scalar.value) {
                let digits = String(scalar.value, radix: 16)
                line += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
    }
    line += "\""
}
