public import Glibc
internal import NIOConcurrencyHelpers

/// A process of a test's own. It gets SIGKILL when this object goes away.
public final class ChildProcess: Sendable {
    /// Why a process did not start.
    public struct SpawnError: Error, CustomStringConvertible {
        public let description: String
    }

    public let pid: pid_t
    private let exitStatus = NIOLockedValueBox<Int32?>(nil)

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - arguments: The program, found along `PATH`, and its arguments.
    ///   - directory: Where it runs.
    ///   - environment: Variables to set beside our own.
    ///   - output: A file for its standard output and error; `nil` drops both.
    public init(
        _ arguments: [String], directory: String? = nil, environment: [String: String] = [:], output: String? = nil
    ) throws {
        // `env` takes the working directory and becomes the program: the process stays the same one.
        self.pid = try Self.spawn(
            (directory.map { ["env", "-C", $0] } ?? []) + arguments, environment: environment, input: nil,
            output: output)
        Watchdog.shared.add(self.pid)
    }

    /// - Parameter input: A descriptor for its standard input; `nil` gives it none.
    static func spawn(
        _ arguments: [String], environment: [String: String], input: Int32?, output: String?
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, output ?? "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Whatever the test process has open is not this child's business; a pipe kept open here would hang a test.
        for descriptor in Int32(3)..<1024 { posix_spawn_file_actions_addclose(&actions, descriptor) }

        var variables: [String] = environment.map { "\($0.key)=\($0.value)" }
        var entry = environ
        while let variable = entry.pointee {
            let text = String(cString: variable)
            if environment[String(text.prefix { $0 != "=" })] == nil { variables.append(text) }
            entry += 1
        }
        var child: pid_t = 0
        let code = withCStrings(arguments) { argv in
            withCStrings(variables) { envp in posix_spawnp(&child, arguments[0], &actions, nil, argv, envp) }
        }
        guard code == 0 else { throw SpawnError(description: "\(arguments[0]): \(String(cString: strerror(code)))") }
        return child
    }

    deinit { self.kill() }

    /// Whether it has not ended yet.
    public var isRunning: Bool { self.poll() == nil }

    /// The exit code, or 128 and the signal's number; `nil` while it runs.
    @discardableResult
    public func poll() -> Int32? { self.wait(options: WNOHANG) }

    /// Sends a signal, unless the process has ended.
    public func signal(_ number: Int32) {
        self.exitStatus.withLockedValue { status in
            if status == nil { _ = Glibc.kill(self.pid, number) }
        }
    }

    /// SIGKILL, and waits for the end.
    public func kill() {
        self.signal(SIGKILL)
        _ = self.wait(options: 0)
    }

    /// SIGTERM, and waits up to `limit`; then SIGKILL.
    ///
    /// - Returns: The exit status; see ``poll()``.
    @discardableResult
    public func terminate(within limit: Duration = .seconds(10)) async -> Int32 {
        self.signal(SIGTERM)
        return await self.exit(within: limit)
    }

    /// Waits up to `limit` for the end; then SIGKILL.
    @discardableResult
    public func exit(within limit: Duration) async -> Int32 {
        _ = await isTrue(within: limit) { self.poll() != nil }
        self.signal(SIGKILL)
        return self.wait(options: 0) ?? -1
    }

    private func wait(options: Int32) -> Int32? {
        self.exitStatus.withLockedValue { known in
            if let known { return known }
            var status: Int32 = 0
            let result = waitpid(self.pid, &status, options)
            guard result != 0 else { return nil }
            // Bits 0–6 are the signal, bits 8–15 the exit code: the macros do not import.
            let code = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
            known = result == self.pid ? code : -1
            Watchdog.shared.remove(self.pid)
            return known
        }
    }
}

/// Calls `body` with a null-terminated array of C strings.
private func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}
