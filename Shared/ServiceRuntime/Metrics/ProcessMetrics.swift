import FoundationEssentials
import Glibc

/// What the system says about this process, under the names Prometheus' own clients use.
enum ProcessMetrics {
    static func exposition() -> String {
        var text = ""
        if let usage = self.cpuSeconds() {
            text += "# TYPE process_cpu_seconds_total counter\n"
            text += "process_cpu_seconds_total \(PrometheusText.number(usage))\n"
        }
        if let bytes = self.residentBytes() {
            text += "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes \(bytes)\n"
        }
        if let count = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count {
            text += "# TYPE process_open_fds gauge\nprocess_open_fds \(count)\n"
        }
        return text
    }

    private static func cpuSeconds() -> Double? {
        var time = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return nil }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The second number of `/proc/self/statm` counts pages.
    private static func residentBytes() -> Int? {
        guard let data = try? Data(contentsOf: URL(filePath: "/proc/self/statm")) else { return nil }
        let numbers = String(decoding: data, as: UTF8.self).split(separator: " ")
        guard numbers.count > 1, let pages = Int(numbers[1]) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
