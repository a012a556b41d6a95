import Metrics
import NIOConcurrencyHelpers

/// Whether the daily files of the partitions of this process can be written.
final class DailyFileHealth: Sendable {
    private let problems = NIOLockedValueBox<[Int: String]>([:])
    private let failing = Gauge(label: "squadchat_chat_daily_files_failing")

    /// What `/readyz` says; nil when all is well.
    var report: String? {
        self.problems.withLockedValue { problems in
            problems.min { $0.key < $1.key }.map { "partition \($0.key): \($0.value)" }
        }
    }

    /// - Returns: Whether this is news.
    @discardableResult
    func note(_ problem: String?, _ partition: Int) -> Bool {
        let (isNew, count) = self.problems.withLockedValue { problems in
            let before = problems[partition]
            problems[partition] = problem
            return (before != problem, problems.count)
        }
        if isNew { self.failing.record(count) }
        return isNew
    }
}
