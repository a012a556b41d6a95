import Domain
import Glibc

/// The present moment, for what people and other machines see. Deadlines use the monotonic clock instead.
enum WallClock {
    /// Milliseconds since 1970.
    static func milliseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }

    /// RFC 3339, UTC, with milliseconds.
    static func text() -> String {
        Timestamp(milliseconds: Int64(self.milliseconds())).rfc3339
    }
}
