internal import Metrics

/// What became of the entries of streams, counted.
public struct ConsumerCounters: Sendable {
    private let done: Counter
    private let retried: Counter
    private let discarded: Counter
    private let lost: Counter

    /// - Parameters:
    ///   - label: The name of the metric.
    ///   - dimension: The name of the dimension that says what became of them: `done`, `retried`, `discarded`, `lost`.
    ///   - others: Dimensions beside it.
    public init(_ label: String, dimension: String, others: [(String, String)] = []) {
        func counter(_ outcome: String) -> Counter {
            Counter(label: label, dimensions: others + [(dimension, outcome)])
        }
        self.done = counter("done")
        self.retried = counter("retried")
        self.discarded = counter("discarded")
        self.lost = counter("lost")
    }

    public func count(_ event: OrderedConsumer.Event) {
        switch event {
        case .done: self.done.increment()
        case .retried: self.retried.increment()
        case .discarded: self.discarded.increment()
        case .lost: self.lost.increment()
        }
    }
}
