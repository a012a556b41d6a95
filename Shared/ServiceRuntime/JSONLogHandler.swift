import JSON
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

        var line = Array("{\"time\":\"\(WallClock.rfc3339())\",\"level\":\"\(event.level.rawValue)\",\"service\":".utf8)
        JSONWriter.append(self.service, to: &line)
        line += ",\"message\":".utf8
        JSONWriter.append(event.message.description, to: &line)
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            line += ",".utf8
            // A field of ours is never overwritten by metadata of the same name.
            JSONWriter.append(Self.ownFields.contains(key) ? key + "_" : key, to: &line)
            line += ":".utf8
            append(value, to: &line)
        }
        line += "}\n".utf8
        self.write(String(decoding: line, as: UTF8.self))
    }

    private static let ownFields: Set<String> = ["time", "level", "service", "message"]

    private func append(_ value: Logger.MetadataValue, to line: inout [UInt8]) {
        switch value {
        case .string(let text): JSONWriter.append(text, to: &line)
        case .stringConvertible(let value): JSONWriter.append(value.description, to: &line)
        case .array(let values):
            line += "[".utf8
            for (index, value) in values.enumerated() {
                if index > 0 { line += ",".utf8 }
                self.append(value, to: &line)
            }
            line += "]".utf8
        case .dictionary(let members):
            line += "{".utf8
            for (index, (key, value)) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line += ",".utf8 }
                JSONWriter.append(key, to: &line)
                line += ":".utf8
                self.append(value, to: &line)
            }
            line += "}".utf8
        }
    }
}
