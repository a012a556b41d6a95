import Metrics
import WorkQueue

/// What becomes of the deliveries, counted.
enum NotifierMetrics {
    static func count(_ event: JobEvent) {
        switch event {
        case .began(let queue, let possiblyAgain):
            self.counter("started", queue).increment()
            if possiblyAgain { self.counter("possibly_twice", queue).increment() }
        case .finished(let queue): self.counter("sent", queue).increment()
        case .retried(let queue): self.counter("retried", queue).increment()
        case .discarded(let queue, _): self.counter("failed", queue).increment()
        case .unknown(let queue): self.counter("unknown", queue).increment()
        case .lost(let queue): self.counter("claims_lost", queue).increment()
        case .recovered(let queue, let count): self.counter("claims_recovered", queue).increment(by: count)
        }
    }

    static func count(_ event: OrderedConsumer.Event) {
        let outcome =
            switch event {
            case .done: "done"
            case .retried: "retried"
            case .discarded: "discarded"
            case .lost: "lost"
            }
        Counter(label: "squadchat_notifier_outbox_entries_total", dimensions: [("outcome", outcome)]).increment()
    }

    private static func counter(_ event: String, _ queue: JobQueue) -> Counter {
        Counter(
            label: "squadchat_notifier_deliveries_total", dimensions: [("method", queue.name), ("event", event)])
    }
}
