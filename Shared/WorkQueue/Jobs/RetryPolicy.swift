internal import Redis

/// How long to wait between attempts, and when to stop trying.
public struct RetryPolicy: Sendable, Equatable {
    /// The widest possible wait after the first attempt. More than zero.
    public var base: Duration

    /// No wait is longer than this. At least ``base``.
    public var cap: Duration

    /// Attempts in all, the first included, before a job is given up; at least 1.
    public var maximumAttempts: Int

    /// - Parameters:
    ///   - base: The widest possible wait after the first attempt; default 500 ms.
    ///   - cap: The widest wait ever; default 5 minutes.
    ///   - maximumAttempts: Attempts in all; default 12, which with the other defaults spans about half an hour.
    public init(
        base: Duration = .milliseconds(500), cap: Duration = .seconds(300), maximumAttempts: Int = 12
    ) {
        precondition(base > .zero && cap >= base && maximumAttempts >= 1, "a retry policy grows from a positive base")
        self.base = base
        self.cap = cap
        self.maximumAttempts = maximumAttempts
    }

    /// The wait before the next attempt, as `Backoff` computes it.
    ///
    /// - Parameters:
    ///   - attempt: Attempts already made, from 1.
    ///   - random: Uniform in 0..<1; passed in so that tests are exact.
    public func delay(afterAttempt attempt: Int, random: Double) -> Duration {
        Backoff(base: self.base, cap: self.cap).delay(afterAttempt: attempt, random: random)
    }

    /// ``delay(afterAttempt:random:)`` with a random number of the system's generator.
    public func delay(afterAttempt attempt: Int) -> Duration {
        self.delay(afterAttempt: attempt, random: Double.random(in: 0..<1))
    }

    /// The outcome after a failed attempt that another one may repair.
    ///
    /// - Parameters:
    ///   - attempt: Attempts already made, this one included, from 1.
    ///   - atLeast: What the other side asked us to wait (`Retry-After`); the longer of the two waits is taken.
    ///   - reason: One line for the operator.
    /// - Returns: ``JobOutcome/retry(after:reason:)``, or ``JobOutcome/discard(reason:)`` when the attempts are used up.
    public func outcome(afterAttempt attempt: Int, atLeast: Duration = .zero, reason: String) -> JobOutcome {
        guard attempt < self.maximumAttempts else {
            return .discard(reason: "gave up after \(attempt) attempts: \(reason)")
        }
        return .retry(after: max(atLeast, self.delay(afterAttempt: attempt)), reason: reason)
    }
}
