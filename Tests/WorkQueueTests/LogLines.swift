import Logging
import NIOConcurrencyHelpers

/// What was logged for operators.
final class LogLines: Sendable {
    private let lines = NIOLockedValueBox<[(line: String, error: String)]>([])

    /// Level and message.
    var all: [String] { self.lines.withLockedValue { $0.map(\.line) } }
    /// The errors with them.
    var details: [String] { self.lines.withLockedValue { $0.map(\.error) } }
    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self.lines) } }

    private struct Handler: LogHandler {
        let lines: NIOLockedValueBox<[(line: String, error: String)]>
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        init(lines: NIOLockedValueBox<[(line: String, error: String)]>) { self.lines = lines }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let error = event.metadata?["error"].map { "\($0)" } ?? ""
            self.lines.withLockedValue { $0.append(("\(event.level) \(event.message)", error)) }
        }
    }
}
