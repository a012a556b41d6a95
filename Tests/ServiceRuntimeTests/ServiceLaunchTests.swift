import Foundation
import Glibc
import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import UnixSignals

@testable import ServiceRuntime

/// What the services of a launch did, in order. One launch at a time: the suite is serialised.
private let journal = Mutex<[String]>([])

private struct Worker: Service {
    let name: String
    var failsWith: String?

    func run() async throws {
        if let failsWith { throw StartError(failsWith) }
        try? await gracefulShutdown()
        journal.withLock { $0.append(self.name) }
    }
}

/// Ends as soon as it has begun.
private struct Deserter: Service {
    func run() async throws {}
}

/// Hears that it is to stop, and blocks its thread for ever.
private struct Stuck: Service {
    func run() async throws {
        try? await gracefulShutdown()
        while true { sleep(60) }
    }
}

private struct TrialConfiguration: ServiceConfiguration {
    let mode: String

    init(_ settings: inout SettingsReader) throws(SettingsError) {
        self.mode = try settings.string("MODE", default: "fine", describe: "How the trial goes.")
        _ = try settings.secret("TRIAL_KEY", describe: "What nobody sees.")
    }
}

private struct TrialAssembly: ServiceAssembly {
    static let name = "trial"
    static let defaultHealthPort = 5_099
    let services: [any Service]
    let readiness = [ReadinessCheck(name: "trial") { nil }]

    init(_ configuration: TrialConfiguration, logger: Logger) async throws {
        switch configuration.mode {
        case "refuse": throw StartError("the archive\nis another one")
        case "fail": self.services = [Worker(name: "first"), Worker(name: "second", failsWith: "no more disk")]
        case "hang": self.services = [Worker(name: "first")] + (0..<16).map { _ in Stuck() }
        case "desert": self.services = [Worker(name: "first"), Deserter()]
        default: self.services = [Worker(name: "first"), Worker(name: "second"), Worker(name: "third")]
        }
    }
}

@Suite(.serialized) struct ServiceLaunchTests {
    private final class Output: Sendable {
        let text = Mutex<[Console.Stream: String]>([:])
        var errors: String { self.text.withLock { $0[.standardError] ?? "" } }
        var standard: String { self.text.withLock { $0[.standardOutput] ?? "" } }
    }

    private let output = Output()

    private func launch(
        _ arguments: [String], _ environment: [String: String] = [:],
        whileRunning: (@Sendable (_ port: Int) async -> Void)? = nil
    ) async -> Int32 {
        journal.withLock { $0 = [] }
        let output = self.output
        let (ports, sender) = AsyncStream<Int>.makeStream()
        let launch = ServiceLaunch<TrialAssembly>(
            arguments: arguments, environment: environment, signals: [.sigusr2],
            write: { text, stream in output.text.withLock { $0[stream, default: ""] += text } },
            onListening: { sender.yield($0) })
        async let code = launch.run()
        if let whileRunning {
            for await port in ports {
                await whileRunning(port)
                break
            }
            kill(getpid(), SIGUSR2)
        }
        return await code
    }

    @Test("told to stop, services end in reverse order, and the exit code is 0")
    func graceful() async {
        let code = await self.launch(["--health-port", "0"]) { port in
            #expect((try? await get("/readyz", port: port).status) == 200)
        }
        #expect(code == 0)
        #expect(journal.withLock { $0 } == ["third", "second", "first"])
        #expect(self.output.errors.isEmpty)
    }

    @Test(
        "a process whose services ignore the shutdown ends by itself, with one line and exit code 1",
        .timeLimit(.minutes(1)))
    func forced() async {
        let result = await #expect(
            processExitsWith: .exitCode(1), observing: [\.standardErrorContent, \.standardOutputContent]
        ) {
            let launch = ServiceLaunch<TrialAssembly>(
                arguments: ["--health-port", "0"], environment: ["MODE": "hang"], shutdownLimit: 1,
                signals: [.sigusr2],
                onListening: { _ in
                    // Only a process that is still there after its limit can write this.
                    Thread.detachNewThread {
                        sleep(20)
                        _exit(7)
                    }
                    kill(getpid(), SIGUSR2)
                })
            exit(await launch.run())
        }
        let lines = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(lines.hasSuffix("shutdown took too long: giving up\n"), "\(lines)")
    }

    @Test("a service that fails ends the others in order, with one line and exit code 1")
    func failure() async {
        #expect(await self.launch([], ["MODE": "fail", "HEALTH_PORT": "0"]) == 1)
        #expect(journal.withLock { $0 } == ["first"])
        #expect(self.output.errors == "trial: no more disk\n")
    }

    @Test("a service that ends unasked is a failure")
    func desertion() async {
        #expect(await self.launch([], ["MODE": "desert", "HEALTH_PORT": "0"]) == 1)
        #expect(journal.withLock { $0 } == ["first"])
        #expect(self.output.errors == "trial: Deserter ended unasked\n")
    }

    @Test("an assembly that cannot be made is one line, however many its error has")
    func refusal() async {
        #expect(await self.launch([], ["MODE": "refuse"]) == 1)
        #expect(self.output.errors == "trial: the archive is another one\n")
    }

    @Test("a health port in use is one line and exit code 1")
    func portInUse() async throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) + listen(descriptor, 1) + getsockname(descriptor, $0, &size)
            }
        }
        try #require(result == 0)
        let port = UInt16(bigEndian: address.sin_port)
        #expect(await self.launch(["--health-port=\(port)"]) == 1)
        #expect(self.output.errors == "trial: 127.0.0.1:\(port) (HEALTH_PORT) is in use by another process\n")
        #expect(journal.withLock { $0 } == [], "no service started")
    }

    @Test("wrong settings are one line and exit code 2")
    func settings() async {
        #expect(await self.launch(["--mod", "x"]) == 2)
        #expect(self.output.errors == "trial: command line: unknown flag --mod; --help lists them\n")
    }

    @Test("a log level that is none is refused with those there are")
    func logLevel() async {
        #expect(await self.launch([], ["LOG_LEVEL": "loud"]) == 2)
        #expect(self.output.errors.contains("trace, debug, info, notice, warning, error, critical"))
    }

    @Test("--help prints every setting with flag, default and range, even with a broken environment")
    func help() async {
        #expect(await self.launch(["--help"], ["LOG_LEVEL": "loud", "CONFIG_FILE": "/nowhere"]) == 0)
        for text in [
            "CONFIG_FILE, --config-file", "LOG_LEVEL, --log-level", "HEALTH_PORT, --health-port", "default 5099",
            "0–65535", "MODE, --mode", "How the trial goes.", "TRIAL_KEY, --trial-key-file", "default fine",
        ] {
            #expect(self.output.standard.contains(text), "\(text)")
        }
        #expect(self.output.errors.isEmpty)
    }

    @Test("--version is one line")
    func version() async {
        #expect(await self.launch(["--version"]) == 0)
        #expect(self.output.standard == "trial \(ServiceVersion.release)\n")
    }

    @Test("--healthcheck asks the running service and tells by its exit code")
    func healthcheck() async throws {
        let port = try freePort()
        #expect(await self.launch(["--healthcheck", "--health-port", "\(port)"]) == 1)
        #expect(self.output.errors == "trial: nothing listens on 127.0.0.1:\(port)\n")
        let answer = Mutex<Int32>(-1)
        let code = await self.launch(["--health-port", "\(port)"]) { port in
            let probe = ServiceLaunch<TrialAssembly>(
                arguments: ["--healthcheck"], environment: ["HEALTH_PORT": "\(port)"])
            let found = await probe.run()
            answer.withLock { $0 = found }
        }
        #expect(code == 0)
        #expect(answer.withLock { $0 } == 0)
    }
}
