import Domain
import JSON

/// What is still news. Asked when something is planned and again at every attempt to deliver it: an attempt may come long
/// after the plan, when a server was down, a process was killed, or somebody replays a dead letter.
struct Freshness: Sendable {
    /// What happened longer ago is not announced as news.
    let limit: Duration

    /// - Parameters:
    ///   - moment: When it happened, in milliseconds since 1970.
    ///   - now: Milliseconds since 1970.
    func isLate(_ moment: Int, now: Int) -> Bool { now - moment > Int(self.limit / .milliseconds(1)) }

    /// Why a signal alerts nobody any more: a price of an hour ago is not news but a trap. How old it is the signal says
    /// itself: the event is only as old as chat's post of it.
    ///
    /// - Returns: Nil while it is news.
    func staleness(of signal: JSONValue, now: Int) -> String? {
        func moment(_ name: String) -> Int? {
            signal[name]?.string.flatMap { Timestamp(rfc3339: $0) }.map { Int($0.milliseconds) }
        }
        if signal["stale"]?.boolean == true { return "the signal is stale" }
        if let end = moment("expires_at"), end <= now { return "the signal has expired" }
        if let given = moment("timestamp"), self.isLate(given, now: now) { return "the signal is too old" }
        return nil
    }

    /// Why something that was planned is not to be told any more; nil for what may be told, if late.
    func staleness(of notice: Notice, now: Int) -> String? {
        guard notice.kind == .tradeSignal else { return nil }
        if self.isLate(notice.createdAt, now: now) { return "the signal is too old" }
        return notice.signal.flatMap { try? JSONValue(parsing: $0) }.flatMap { self.staleness(of: $0, now: now) }
    }
}
