public import CoreMetrics
import Synchronization

/// Keeps every metric of the process and writes them in Prometheus' text form.
///
/// Dots and other characters that Prometheus does not know become `_`. A timer is a histogram in seconds; its name
/// ends in `_seconds`.
public final class PrometheusMetrics: MetricsFactory {
    private let families = Mutex<[String: MetricFamily]>([:])

    public init() {}

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        self.cell(label, dimensions, .counter, make: CounterCell.init)
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        self.cell(label, dimensions, .counter, make: FloatingPointCounterCell.init)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        self.cell(label, dimensions, .gauge, make: GaugeCell.init)
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate {
            self.cell(label, dimensions, .histogram) { HistogramCell(bounds: HistogramCell.countBounds) }
        } else {
            self.cell(label, dimensions, .gauge, make: GaugeCell.init)
        }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let name = label.hasSuffix("_seconds") ? label : label + "_seconds"
        return self.cell(name, dimensions, .histogram) { HistogramCell(bounds: HistogramCell.secondBounds) }
    }

    // A series stays when its handle goes: a counter that vanished and came back would look like a restart.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// Everything there is, families and series in order of their names; text format 0.0.4.
    public func exposition() -> String {
        let families = self.families.withLock { $0 }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (labels, cell) in family.series.sorted(by: { $0.key < $1.key }) {
                cell.expose(name: name, labels: labels, into: &text)
            }
        }
        return text
    }

    /// The cell of a series: the one there is, or a new one. A name that already is another kind of metric gets a cell
    /// that is never shown, because one family cannot be both.
    private func cell<Cell: MetricCell>(
        _ label: String, _ dimensions: [(String, String)], _ kind: MetricFamily.Kind, make: () -> Cell
    ) -> Cell {
        let name = PrometheusText.name(label)
        let labels = PrometheusText.labels(dimensions)
        return self.families.withLock { families in
            var family = families[name] ?? MetricFamily(kind: kind)
            if let present = family.series[labels] as? Cell { return present }
            let cell = make()
            guard family.kind == kind, family.series[labels] == nil else { return cell }
            family.series[labels] = cell
            families[name] = family
            return cell
        }
    }
}

/// The series that share a name.
struct MetricFamily: Sendable {
    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    let kind: Kind
    /// By their labels, as they are written: `{room="alpha"}`, or empty.
    var series: [String: any MetricCell] = [:]
}

/// One series' present value.
protocol MetricCell: AnyObject, Sendable {
    func expose(name: String, labels: String, into text: inout String)
}
