import Domain
import NIOCore
import Redis
import WireContract

/// Messages per user and minute, over all sockets and gateways: one script, Redis' clock. Confined to its event loop.
final class RateLimit {
    enum Verdict {
        case allowed
        case refused(Refusal)
    }

    private static let window = 60_000

    private let redis: RedisClient
    private let eventLoop: any EventLoop
    private let messagesPerMinute: Int
    private let counters: LoopCounters

    /// - Parameter messagesPerMinute: 0 for no limit.
    init(redis: RedisClient, eventLoop: any EventLoop, messagesPerMinute: Int, counters: LoopCounters) {
        self.redis = redis
        self.eventLoop = eventLoop
        self.messagesPerMinute = messagesPerMinute
        self.counters = counters
    }

    /// Counts one message. Messages of one user are judged in the order in which they came.
    ///
    /// - Parameter message: The command's room and id: what is sent again is counted once.
    func count(user: String, message: String, _ verdict: @escaping (Verdict) -> Void) {
        guard self.messagesPerMinute > 0 else { return verdict(.allowed) }
        self.count(user: user, message: message, until: .now() + .seconds(10), verdict)
    }

    private func count(
        user: String, message: String, until deadline: NIODeadline, _ verdict: @escaping (Verdict) -> Void
    ) {
        let count = CountMessage(
            user: user, messagesAllowed: self.messagesPerMinute, windowInMilliseconds: Self.window, message: message)
        self.redis.evaluate([count.call]).hop(to: self.eventLoop).assumeIsolated().whenComplete { result in
            if case .success(let results) = result, case .success(let value)? = results.first, let wait = value.int {
                guard wait > 0 else { return verdict(.allowed) }
                self.counters.rateLimited += 1
                return verdict(.refused(self.refusal(wait)))
            }
            // Redis is away. The script may be asked again: a message that is counted already costs nothing.
            guard NIODeadline.now() < deadline else {
                return verdict(
                    .refused(Refusal(.unavailable, "The service is not ready. Try again.", retryAfter: 1)))
            }
            self.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(200)) {
                self.count(user: user, message: message, until: deadline, verdict)
            }
        }
    }

    private func refusal(_ milliseconds: Int) -> Refusal {
        Refusal(
            .rateLimited, "At most \(self.messagesPerMinute) messages a minute.", limit: self.messagesPerMinute,
            retryAfter: (milliseconds + 999) / 1_000)
    }
}
