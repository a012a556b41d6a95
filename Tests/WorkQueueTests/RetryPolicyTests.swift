import Testing
import WorkQueue

struct RetryPolicyTests {
    @Test(
        "the wait doubles until the cap",
        arguments: [(1, 250), (2, 500), (3, 1_000), (10, 128_000), (11, 150_000), (40, 150_000), (Int.max, 150_000)])
    func doubling(attempt: Int, milliseconds: Int) {
        #expect(RetryPolicy().delay(afterAttempt: attempt, random: 0.5) == .milliseconds(milliseconds))
    }

    @Test("jitter is full: from nothing to just below the whole wait")
    func jitter() {
        let policy = RetryPolicy(base: .seconds(1), cap: .seconds(8))
        #expect(policy.delay(afterAttempt: 1, random: 0) == .zero)
        #expect(policy.delay(afterAttempt: 9, random: 0.999) < .seconds(8))
    }

    @Test("what the other side asks for is honoured when it is longer")
    func asked() {
        let outcome = RetryPolicy().outcome(afterAttempt: 1, atLeast: .seconds(60), reason: "busy")
        #expect(outcome == .retry(after: .seconds(60), reason: "busy"))
    }

    @Test("the last attempt ends the job with its reason")
    func exhausted() {
        let outcome = RetryPolicy(maximumAttempts: 3).outcome(afterAttempt: 3, reason: "451 later")
        #expect(outcome == .discard(reason: "gave up after 3 attempts: 451 later"))
        #expect(RetryPolicy(maximumAttempts: 1).outcome(afterAttempt: 1, reason: "x") != .done)
    }
}
