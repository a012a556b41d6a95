import Domain
import Metrics
import WorkQueue

/// What becomes of the deliveries of one method, counted. Made once: looking a counter up costs more than counting.
struct DeliveryCounters: Sendable {
    private let started: Counter
    private let possiblyTwice: Counter
    private let sent: Counter
    private let retried: Counter
    private let failed: Counter
    private let skipped: Counter
    private let unknown: Counter
    private let lost: Counter
    private let recovered: Counter

    init(_ method: DeliveryMethod) {
        func counter(_ event: String) -> Counter {
            Counter(
                label: "squadchat_notifier_deliveries_total",
                dimensions: [("method", method.rawValue), ("event", event)])
        }
        self.started = counter("started")
        self.possiblyTwice = counter("possibly_twice")
        self.sent = counter("sent")
        self.retried = counter("retried")
        self.failed = counter("failed")
        self.skipped = counter("skipped")
        self.unknown = counter("unknown")
        self.lost = counter("claims_lost")
        self.recovered = counter("claims_recovered")
    }

    func count(_ event: JobEvent) {
        switch event {
        case .began(_, let possiblyAgain):
            self.started.increment()
            if possiblyAgain { self.possiblyTwice.increment() }
        case .finished: self.sent.increment()
        case .retried: self.retried.increment()
        case .discarded: self.failed.increment()
        case .skipped: self.skipped.increment()
        case .unknown: self.unknown.increment()
        case .lost: self.lost.increment()
        case .recovered(_, let count): self.recovered.increment(by: count)
        }
    }
}
