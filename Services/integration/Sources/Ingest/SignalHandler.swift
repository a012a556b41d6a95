import Directory
import Domain
import Logging
import Metrics
import Redis
import ServiceRuntime
import SuiteMembership
import WorkQueue

/// Entries of the engine's stream, from bytes to a command in each room: decode, route, send. What came together is sent
/// together, in order.
///
/// Keeps no mark of its own: the id of each command makes a repeat harmless, so the entry is simply done again after a
/// crash between two squads.
struct SignalHandler: Sendable {
    let directory: DirectoryReplica
    let routes: RouteFile
    let commands: CommandSender
    let agreement: PartitionAgreement
    /// Older signals are marked stale.
    let freshFor: Duration
    let logger: Logger
    var now: @Sendable () -> Timestamp = { Timestamp(milliseconds: WallClock.milliseconds()) }

    private let posted = Counter(label: "squadchat_integration_signals_posted_total")
    private let skipped = Counter(label: "squadchat_integration_signals_skipped_total")
    private let stale = Counter(label: "squadchat_integration_signals_stale_total")

    func handle(_ entries: [StreamEntry]) async -> [JobOutcome] {
        await self.commands.send(.postSignal, for: entries, self.step)
    }

    private func step(for entry: StreamEntry) -> CommandSender.Step {
        guard self.agreement.isReached, self.directory.isReady else {
            return .finished(.retry(after: .milliseconds(100), reason: "still starting"))
        }
        let now = self.now()
        let decoded: DecodedSignal
        do {
            switch try SignalDecoder.decode(entry, isStale: { self.isStale($0, at: now) }) {
            case .signal(let signal): decoded = signal
            case .skipped(let reason):
                self.skipped.increment()
                self.logger.debug("signal skipped", metadata: ["entry": "\(entry.id)", "reason": "\(reason)"])
                return .finished(.done)
            }
        } catch {
            return .finished(.discard(reason: error.reason))
        }
        let squads = self.directory.squads().map(\.squadID)
        // Nobody has been told of any squad yet: the signal waits, or it would be lost to those who come.
        guard !squads.isEmpty else {
            return .finished(.retry(after: .seconds(1), reason: "the directory has no squads yet"))
        }
        let receivers = self.routes.rules.squads(for: decoded, among: squads)
        guard !receivers.isEmpty else {
            self.skipped.increment()
            return .finished(.done)
        }
        let order = CommandSender.Order(
            name: ["signal", decoded.signal.signalID.rawValue], squads: receivers, data: decoded.json)
        return .order(order) {
            self.posted.increment()
            if self.isStale(decoded.signal, at: now) { self.stale.increment() }
        }
    }

    private func isStale(_ signal: TradingSignal, at now: Timestamp) -> Bool {
        now.since(signal.issuedAt) > self.freshFor || signal.isExpired(at: now)
    }
}
