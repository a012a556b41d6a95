import Domain
import NIOCore
import Redis
import WireContract

/// Messages per user and minute, or reactions, over all sockets and gateways: one script, Redis' clock. Confined to its
/// event loop.
final class RateLimit {
    /// What is counted, each by itself.
    enum Subject: String {
        case messages, reactions

        fileprivate func key(of user: String) -> String {
            switch self {
            case .messages: RedisNames.rate(user: user)
            case .reactions: RedisNames.reactionRate(user: user)
            }
        }
    }

    enum Verdict {
        case allowed
        case refused(Refusal)
    }

    private static let window = 60_000

    private let redis: RedisClient
    private let eventLoop: any EventLoop
    private let subject: Subject
    private let perMinute: Int
    private let counters: LoopCounters

    /// - Parameter perMinute: 0 for no limit.
    init(
        of subject: Subject, perMinute: Int, redis: RedisClient, eventLoop: any EventLoop, counters: LoopCounters
    ) {
        self.redis = redis
        self.eventLoop = eventLoop
        self.subject = subject
        self.perMinute = perMinute
        self.counters = counters
    }

    /// A message that is not judged yet.
    private struct Waiting {
        let message: String
        let deadline: NIODeadline
        let verdict: (Verdict) -> Void
    }

    /// Of each user, in the order in which they came. One call is under way for a user at a time, and whatever came meanwhile
    /// goes with the next: a message that has to be asked for again is not overtaken.
    private var waiting: [String: [Waiting]] = [:]

    /// Few enough that nobody else waits long for the scripts.
    private static let mostTogether = 64

    /// Counts one message. Messages of one user are judged in the order in which they came.
    ///
    /// - Parameter message: The command's room and id: what is sent again is counted once.
    func count(user: String, message: String, _ verdict: @escaping (Verdict) -> Void) {
        guard self.perMinute > 0 else { return verdict(.allowed) }
        let isFirst = self.waiting[user] == nil
        self.waiting[user, default: []].append(
            Waiting(message: message, deadline: .now() + .seconds(10), verdict: verdict))
        if isFirst { self.ask(user) }
    }

    private func ask(_ user: String) {
        let calls = (self.waiting[user] ?? []).prefix(Self.mostTogether).map { waiting in
            CountMessage(
                key: self.subject.key(of: user), allowed: self.perMinute, windowInMilliseconds: Self.window,
                message: waiting.message
            ).call
        }
        self.redis.evaluate(calls).hop(to: self.eventLoop).assumeIsolated().whenComplete { result in
            self.judge(user, asked: calls.count, (try? result.get()) ?? [])
        }
    }

    private func judge(_ user: String, asked: Int, _ results: [Result<RedisValue, RedisError>]) {
        let answers = results.prefix(asked).map { try? $0.get().int }
        // Those behind one without an answer are asked for again with it: a message that is counted already costs nothing.
        var verdicts = answers.prefix { $0 != nil }.map { self.verdict(wait: $0 ?? 0) }
        let isAway = verdicts.count < asked
        let waiting = self.waiting[user] ?? []
        if isAway {
            let now = NIODeadline.now()
            verdicts += waiting.dropFirst(verdicts.count).prefix { $0.deadline <= now }.map { _ in
                .refused(Refusal(.unavailable, "The service is not ready. Try again.", retryAfter: 1))
            }
        }
        let left = Array(waiting.dropFirst(verdicts.count))
        self.waiting[user] = left.isEmpty ? nil : left
        if !left.isEmpty {
            if isAway {
                self.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(200)) { self.ask(user) }
            } else {
                self.ask(user)
            }
        }
        for (waiting, verdict) in zip(waiting, verdicts) { waiting.verdict(verdict) }
    }

    private func verdict(wait: Int) -> Verdict {
        guard wait > 0 else { return .allowed }
        self.counters.rateLimited += 1
        return .refused(self.refusal(wait))
    }

    private func refusal(_ milliseconds: Int) -> Refusal {
        Refusal(
            .rateLimited, "At most \(self.perMinute) \(self.subject.rawValue) a minute.", limit: self.perMinute,
            retryAfter: (milliseconds + 999) / 1_000)
    }
}
