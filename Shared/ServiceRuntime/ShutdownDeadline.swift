import Glibc

/// The last resort of a shutdown that hangs: ends the process even when every thread is stuck.
enum ShutdownDeadline {
    /// Ends the process with 1 after `seconds`, unless ``disarm()`` comes first.
    static func arm(seconds: UInt32) {
        signal(SIGALRM) { _ in
            // In a signal handler only system calls are safe.
            let line: StaticString = "shutdown took too long: giving up\n"
            _ = Glibc.write(2, line.utf8Start, line.utf8CodeUnitCount)
            _exit(1)
        }
        alarm(seconds)
    }

    static func disarm() {
        alarm(0)
    }
}
