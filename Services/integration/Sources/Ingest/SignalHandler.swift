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
    let register: SignalRegister
    let commands: CommandSender
    let agreement: PartitionAgreement
    /// Older signals are marked stale.
    let freshFor: Duration
    let logger: Logger
    var now: @Sendable () -> Timestamp = { Timestamp(milliseconds: WallClock.milliseconds()) }

    private let posted = Counter(label: "squadchat_integration_signals_posted_total")
    private let skipped = Counter(label: "squadchat_integration_signals_skipped_total")
    private let stale = Counter(label: "squadchat_integration_signals_stale_total")

    /// What an entry is, before its id is claimed.
    private enum Reading {
        case finished(JobOutcome)
        case signal(DecodedSignal, for: [SquadID])
    }

    func handle(_ entries: [StreamEntry]) async -> [JobOutcome] {
        let now = self.now()
        let readings = entries.map { self.read($0, at: now) }
        let signals = readings.compactMap { reading in
            if case .signal(let decoded, _) = reading { decoded.signal } else { nil }
        }
        var steps: [StreamID: CommandSender.Step] = [:]
        do throws(RedisError) {
            var trades = try await self.register.claim(signals)[...]
            for (entry, reading) in zip(entries, readings) {
                switch reading {
                case .finished(let outcome): steps[entry.id] = .finished(outcome)
                case .signal(let decoded, let squads):
                    steps[entry.id] = self.step(decoded, for: squads, trade: trades.removeFirst())
                }
            }
        } catch {
            let retry = JobOutcome.retry(after: .milliseconds(200), reason: "\(error)")
            return readings.map { if case .finished(let outcome) = $0 { outcome } else { retry } }
        }
        return await self.commands.send(.postSignal, for: entries) { [steps] entry in
            steps[entry.id] ?? .finished(.retry(after: .milliseconds(200), reason: "not read yet"))
        }
    }

    private func read(_ entry: StreamEntry, at now: Timestamp) -> Reading {
        guard self.agreement.isReached, self.directory.isReady else {
            return .finished(.retry(after: .milliseconds(100), reason: "still starting"))
        }
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
        return .signal(decoded, for: receivers)
    }

    /// - Parameter trade: The one that has the signal's id.
    private func step(_ decoded: DecodedSignal, for squads: [SquadID], trade: String) -> CommandSender.Step {
        let id = decoded.signal.signalID.rawValue
        guard trade == SignalRegister.trade(decoded.signal) else {
            return .finished(
                .discard(reason: "signal_id \(id) is already \(trade), not \(SignalRegister.trade(decoded.signal))"))
        }
        let order = CommandSender.Order(name: ["signal", id], squads: squads, data: decoded.json)
        return .order(order) {
            self.posted.increment()
            if decoded.isStale { self.stale.increment() }
        }
    }

    /// Of the future is what another clock, or another zone, made: it may be hours old.
    private func isStale(_ signal: TradingSignal, at now: Timestamp) -> Bool {
        let age = now.since(signal.issuedAt)
        return age > self.freshFor || age < .seconds(-60) || signal.isExpired(at: now)
    }
}
