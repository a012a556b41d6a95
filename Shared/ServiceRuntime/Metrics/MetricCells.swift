import CoreMetrics
import Synchronization

/// Counts work done; only grows.
final class CounterCell: CounterHandler, MetricCell {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) { self.value.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { self.value.store(0, ordering: .relaxed) }

    func expose(name: String, labels: String, into text: inout String) {
        text += "\(name)\(labels) \(self.value.load(ordering: .relaxed))\n"
    }
}

/// Counts in fractions, such as seconds; only grows.
final class FloatingPointCounterCell: FloatingPointCounterHandler, MetricCell {
    private let value = Mutex<Double>(0)

    func increment(by amount: Double) { self.value.withLock { $0 += amount } }
    func reset() { self.value.withLock { $0 = 0 } }

    func expose(name: String, labels: String, into text: inout String) {
        text += "\(name)\(labels) \(PrometheusText.number(self.value.withLock { $0 }))\n"
    }
}

/// The last value of something that goes up and down.
final class GaugeCell: MeterHandler, RecorderHandler, MetricCell {
    private let value = Mutex<Double>(0)

    func set(_ value: Int64) { self.set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { self.value.withLock { $0 += amount } }
    func decrement(by amount: Double) { self.value.withLock { $0 -= amount } }
    func record(_ value: Int64) { self.set(Double(value)) }
    func record(_ value: Double) { self.set(value) }

    func expose(name: String, labels: String, into text: inout String) {
        text += "\(name)\(labels) \(PrometheusText.number(self.value.withLock { $0 }))\n"
    }
}

/// How values are spread: how many are at most each bound, their sum, their number.
final class HistogramCell: TimerHandler, RecorderHandler, MetricCell {
    /// From half a millisecond to ten seconds.
    static let secondBounds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    /// For counts and sizes.
    static let countBounds: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000, 1_000_000]

    private struct State {
        /// Values in each bucket alone; the last is above all bounds.
        var counts: [Int]
        var sum: Double = 0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        self.state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) { self.record(Double(duration) / 1e9) }
    func record(_ value: Int64) { self.record(Double(value)) }

    func record(_ value: Double) {
        let bucket = self.bounds.firstIndex { value <= $0 } ?? self.bounds.count
        self.state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    func expose(name: String, labels: String, into text: inout String) {
        let state = self.state.withLock { $0 }
        var total = 0
        for (index, count) in state.counts.enumerated() {
            total += count
            let bound = index < self.bounds.count ? PrometheusText.number(self.bounds[index]) : "+Inf"
            text += "\(name)_bucket\(PrometheusText.adding(label: "le", bound, to: labels)) \(total)\n"
        }
        text += "\(name)_sum\(labels) \(PrometheusText.number(state.sum))\n"
        text += "\(name)_count\(labels) \(total)\n"
    }
}
