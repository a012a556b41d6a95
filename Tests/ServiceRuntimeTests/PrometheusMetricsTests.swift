import CoreMetrics
import Testing

@testable import ServiceRuntime

struct PrometheusMetricsTests {
    let metrics = PrometheusMetrics()

    @Test("counters, gauges and timers are written with their type, once per family")
    func exposition() {
        self.metrics.makeCounter(label: "sends", dimensions: [("room", "b")]).increment(by: 2)
        self.metrics.makeCounter(label: "sends", dimensions: [("room", "a")]).increment(by: 1)
        self.metrics.makeFloatingPointCounter(label: "seconds", dimensions: []).increment(by: 1.5)
        self.metrics.makeRecorder(label: "sockets", dimensions: [], aggregate: false).record(3.0)
        let meter = self.metrics.makeMeter(label: "lag", dimensions: [])
        meter.set(Int64(5))
        meter.decrement(by: 7)
        #expect(
            self.metrics.exposition() == """
                # TYPE lag gauge
                lag -2
                # TYPE seconds counter
                seconds 1.5
                # TYPE sends counter
                sends{room="a"} 1
                sends{room="b"} 2
                # TYPE sockets gauge
                sockets 3

                """)
    }

    @Test("a timer is a cumulative histogram in seconds")
    func histogram() {
        let timer = self.metrics.makeTimer(label: "commit", dimensions: [("p", "3")])
        for nanoseconds in [400_000, 500_000, 3_000_000, 20_000_000_000] as [Int64] {
            timer.recordNanoseconds(nanoseconds)
        }
        let lines = self.metrics.exposition().split(separator: "\n").map(String.init)
        #expect(lines.first == "# TYPE commit_seconds histogram")
        #expect(lines.contains(#"commit_seconds_bucket{p="3",le="0.0005"} 2"#))
        #expect(lines.contains(#"commit_seconds_bucket{p="3",le="0.0025"} 2"#))
        #expect(lines.contains(#"commit_seconds_bucket{p="3",le="0.005"} 3"#))
        #expect(lines.contains(#"commit_seconds_bucket{p="3",le="10"} 3"#))
        #expect(lines.contains(#"commit_seconds_bucket{p="3",le="+Inf"} 4"#))
        #expect(lines.contains(#"commit_seconds_count{p="3"} 4"#))
        #expect(lines.contains { $0.hasPrefix(#"commit_seconds_sum{p="3"} 20.0039"#) })
    }

    @Test("names and label values are spelled as Prometheus reads them")
    func spelling() {
        self.metrics.makeCounter(label: "9 a.b-ü", dimensions: [("x:y", "a\\b\"c\nd")]).increment(by: 1)
        #expect(
            self.metrics.exposition()
                == "# TYPE _9_a_b__ counter\n_9_a_b__{x_y=\"a\\\\b\\\"c\\nd\"} 1\n")
    }

    @Test("one series has one value, whoever asks for it and in whatever order its labels come")
    func sameSeries() {
        self.metrics.makeCounter(label: "n", dimensions: [("a", "1"), ("b", "2")]).increment(by: 1)
        self.metrics.makeCounter(label: "n", dimensions: [("b", "2"), ("a", "1")]).increment(by: 1)
        #expect(self.metrics.exposition().contains(#"n{a="1",b="2"} 2"#))
    }

    @Test("a name that is taken by another kind is not mixed up with it")
    func otherKind() {
        self.metrics.makeCounter(label: "n", dimensions: []).increment(by: 1)
        self.metrics.makeMeter(label: "n", dimensions: []).set(9.0)
        #expect(self.metrics.exposition() == "# TYPE n counter\nn 1\n")
    }

    @Test("numbers that are none have Prometheus' names")
    func numbers() {
        #expect(PrometheusText.number(.nan) == "NaN")
        #expect(PrometheusText.number(.infinity) == "+Inf")
        #expect(PrometheusText.number(-.infinity) == "-Inf")
        #expect(PrometheusText.number(1e300) == "1e+300")
    }

    @Test("many threads at once lose no count")
    func threads() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 { self.metrics.makeCounter(label: "n", dimensions: []).increment(by: 1) }
                }
            }
        }
        #expect(self.metrics.exposition().contains("n 8000\n"))
    }
}
