/// The wait before the next attempt: exponential growth with full jitter, so that those who failed
/// together do not return together: clients that lost the same server, jobs that met the same error.
///
/// - SeeAlso: M. Brooker, “Exponential Backoff And Jitter”, AWS Architecture Blog, 2015.
public struct Backoff: Equatable, Sendable {
    /// Below this the first wait.
    public var base: Duration = .milliseconds(50)
    /// Below this every wait.
    public var cap: Duration = .seconds(2)

    public init(base: Duration = .milliseconds(50), cap: Duration = .seconds(2)) {
        self.base = base
        self.cap = cap
    }

    /// - Parameters:
    ///   - attempt: Attempts already made, from 1.
    ///   - random: Uniform in 0..<1.
    /// - Returns: At least zero and below ``cap``.
    public func delay(afterAttempt attempt: Int, random: Double) -> Duration {
        let doublings = min(max(attempt, 1) - 1, 20)  // beyond 2²⁰ the cap decides, and a longer shift overflows
        return min(self.cap, self.base * (1 << doublings)) * random
    }
}
