/// What became of one piece of work, as a value: the worker decides nothing by itself, it carries this out.
public enum JobOutcome: Sendable, Equatable {
    /// The effect has happened. The work is acknowledged and never handed out again.
    case done

    /// Nothing happened yet, and trying again can help.
    ///
    /// - Parameters:
    ///   - after: The least wait before the next attempt; ``RetryPolicy`` computes it.
    ///   - reason: One line for the operator; empty when there is nothing to say. Never a secret.
    case retry(after: Duration, reason: String = "")

    /// Trying again can never help: malformed input, an address that is gone. The work goes to the dead letters.
    case discard(reason: String)
}
