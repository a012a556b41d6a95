internal import Glibc
internal import NIOConcurrencyHelpers

/// Ends and removes what a test process leaves behind, also when it is itself killed, as by a time limit: a process of
/// its own that is told each child and each directory, and acts when the pipe from us closes.
final class Watchdog: Sendable {
    static let shared = Watchdog()

    private let pipe: Int32

    private init() {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { preconditionFailure("no pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let program = """
            $1 == "add" { alive[$2] = 1 }
            $1 == "remove" { delete alive[$2] }
            $1 == "directory" { directories[$2] = 1 }
            END {
                for (pid in alive) system("kill -9 " pid " 2>/dev/null")
                for (path in directories) system("rm -rf " path)
            }
            """
        // A session of its own: Ctrl-C at the test process must not end it first.
        _ = try? ChildProcess.spawn(["setsid", "awk", program], environment: [:], input: ends[0], output: nil)
        close(ends[0])
        self.pipe = ends[1]
    }

    func add(_ pid: pid_t) { self.write("add \(pid)\n") }

    func remove(_ pid: pid_t) { self.write("remove \(pid)\n") }

    /// - Parameter path: Without spaces or anything else that a shell minds.
    func add(directory path: String) { self.write("directory \(path)\n") }

    private func write(_ line: String) {
        let bytes = Array(line.utf8)
        _ = Glibc.write(self.pipe, bytes, bytes.count)
    }
}
