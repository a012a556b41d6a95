import Redis
import Testing

struct BackoffTests {
    @Test("the wait doubles until the cap", arguments: [(0, 25), (1, 25), (2, 50), (6, 800), (7, 1_000), (90, 1_000)])
    func doubling(attempt: Int, milliseconds: Int) {
        #expect(Backoff().delay(afterAttempt: attempt, random: 0.5) == .milliseconds(milliseconds))
    }

    @Test("full jitter reaches down to zero")
    func jitter() {
        #expect(Backoff().delay(afterAttempt: 5, random: 0) == .zero)
    }
}
