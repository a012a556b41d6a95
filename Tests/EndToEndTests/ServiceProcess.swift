import Foundation
import NIOConcurrencyHelpers
import TestSupport

/// One of the suite's executables, run for real.
final class ServiceProcess: Sendable {
    struct DidNotStart: Error, CustomStringConvertible {
        let name: String
        let log: String
        var description: String { "\(self.name) did not become ready; its log ends:\n\(self.log)" }
    }

    let name: String
    let healthPort: Int
    private let executable: URL
    private let environment: [String: String]
    private let logFile: URL
    private let child = NIOLockedValueBox<ChildProcess?>(nil)

    init(_ name: String, instance: Int, healthPort: Int, environment: [String: String], directory: URL) {
        self.name = name
        self.healthPort = healthPort
        self.executable = Self.buildDirectory.appendingPathComponent(name)
        var environment = environment
        environment["HEALTH_PORT"] = String(healthPort)
        self.environment = environment
        self.logFile = directory.appendingPathComponent("\(name)-\(instance).log")
    }

    deinit { self.kill() }

    /// The executables lie beside the test bundle.
    static let buildDirectory: URL = {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        if FileManager.default.isExecutableFile(atPath: beside.appendingPathComponent("gateway").path) { return beside }
        return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent(".build/debug")
    }()

    var isRunning: Bool { self.child.withLockedValue { $0?.isRunning ?? false } }

    var pid: Int? { self.child.withLockedValue { $0.map { Int($0.pid) } } }

    /// The last lines the process wrote.
    var log: String {
        let text = (try? String(contentsOf: self.logFile, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(30).joined(separator: "\n")
    }

    func start() throws {
        let started = try ChildProcess(
            [self.executable.path], environment: self.environment, output: self.logFile.path)
        self.child.withLockedValue { $0 = started }
    }

    /// Waits until `/readyz` answers 200.
    func waitUntilReady(within limit: Duration = .seconds(20)) async throws {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if let answer = try? await HTTPTestClient.get(port: self.healthPort, path: "/readyz"), answer.status == 200
            {
                return
            }
            guard self.isRunning else { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw DidNotStart(name: self.name, log: self.log)
    }

    /// SIGKILL, and waits until the process is gone.
    func kill() { self.child.withLockedValue { $0 }?.kill() }

    /// SIGTERM; returns the exit status.
    func terminate() async -> Int32? { await self.child.withLockedValue { $0 }?.terminate() }

    func freeze() { self.child.withLockedValue { $0?.signal(SIGSTOP) } }
    func thaw() { self.child.withLockedValue { $0?.signal(SIGCONT) } }
}
