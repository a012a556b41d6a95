import FoundationEssentials
import Logging
import NIOConcurrencyHelpers
import ServiceLifecycle
import ServiceRuntime

/// The rule file, read again when its content changes. A file that is wrong at the start ends the process; one that
/// turns wrong later changes nothing and is told of, so that a slip of the pen stops no signal.
final class RouteFile: Service, Sendable {
    private let path: String?
    private let logger: Logger
    private let current: NIOLockedValueBox<(rules: RouteRules, bytes: [UInt8])>

    /// - Parameter path: Nil sends every signal to every squad.
    init(path: String?, logger: Logger) throws(StartError) {
        self.path = path
        self.logger = logger
        guard let path else {
            self.current = NIOLockedValueBox((RouteRules(), []))
            return
        }
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw StartError("ROUTES_FILE \(path) cannot be read")
        }
        do { self.current = NIOLockedValueBox((try RouteRules(parsing: Array(data)), Array(data))) } catch {
            throw StartError("ROUTES_FILE \(path): \(error)")
        }
    }

    var rules: RouteRules { self.current.withLockedValue { $0.rules } }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(2))
                self.readAgain()
            }
        }
    }

    /// Takes the file as it is now, if it is another one and right.
    func readAgain() {
        guard let path = self.path, let data = try? Data(contentsOf: URL(filePath: path)) else { return }
        let bytes = Array(data)
        guard bytes != self.current.withLockedValue({ $0.bytes }) else { return }
        do {
            let rules = try RouteRules(parsing: bytes)
            self.current.withLockedValue { $0 = (rules, bytes) }
            self.logger.notice("routes read again", metadata: ["file": "\(path)", "rules": "\(rules.rules.count)"])
        } catch {
            // Remembered, so that it is told once.
            self.current.withLockedValue { $0.bytes = bytes }
            self.logger.error(
                "routes are wrong; the last right ones stay", metadata: ["file": "\(path)", "reason": "\(error)"])
        }
    }
}
