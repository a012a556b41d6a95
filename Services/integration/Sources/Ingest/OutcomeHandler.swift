import Directory
import Domain
import Logging
import Metrics
import Redis
import SuiteMembership
import WorkQueue

/// Results of signals, each to every room: whoever has the signal changes its card, whoever gets it later finds the
/// result waiting (chat keeps it a day). Rules may have changed since the signal was routed, so they do not count here.
struct OutcomeHandler: Sendable {
    let directory: DirectoryReplica
    let register: SignalRegister
    let commands: CommandSender
    let agreement: PartitionAgreement
    let logger: Logger

    private let sent = Counter(label: "squadchat_integration_outcomes_sent_total")

    init(
        directory: DirectoryReplica, register: SignalRegister, commands: CommandSender, agreement: PartitionAgreement,
        logger: Logger
    ) {
        self.directory = directory
        self.register = register
        self.commands = commands
        self.agreement = agreement
        self.logger = logger
    }

    func handle(_ entries: [StreamEntry]) async -> [JobOutcome] {
        let readings = entries.map { entry in
            Result<DecodedOutcome, EngineRefusal> { () throws(EngineRefusal) in try OutcomeDecoder.decode(entry) }
        }
        var steps: [StreamID: CommandSender.Step] = [:]
        do throws(RedisError) {
            let signals = Set(readings.compactMap { (try? $0.get())?.outcome.signalID })
            let trades = try await self.register.trades(of: Array(signals))
            var results: [(signal: SignalID, digest: String, entry: StreamID)] = []
            var taken: [DecodedOutcome] = []
            for (entry, reading) in zip(entries, readings) {
                do throws(EngineRefusal) {
                    let decoded = try reading.get()
                    try decoded.mustBe(of: trades[decoded.outcome.signalID] ?? .init())
                    let digest = SignalName.digest(String(decoding: decoded.json, as: UTF8.self))
                    results.append((decoded.outcome.signalID, digest, entry.id))
                    taken.append(decoded)
                } catch { steps[entry.id] = .finished(.discard(reason: error.reason)) }
            }
            for (times, (result, decoded)) in zip(try await self.register.count(results), zip(results, taken)) {
                steps[result.entry] = self.step(for: decoded, digest: result.digest, times: times)
            }
        } catch {
            return entries.map { _ in .retry(after: .milliseconds(200), reason: "\(error)") }
        }
        return await self.commands.send(.updateSignal, for: entries) { [steps] entry in
            steps[entry.id] ?? .finished(.retry(after: .milliseconds(200), reason: "not read yet"))
        }
    }

    /// - Parameter times: How often this result became the newest of its signal.
    private func step(for decoded: DecodedOutcome, digest: String, times: Int) -> CommandSender.Step {
        guard self.agreement.isReached, self.directory.isReady else {
            return .finished(.retry(after: .milliseconds(100), reason: "still starting"))
        }
        let squads = self.directory.squads().map(\.squadID)
        guard !squads.isEmpty else {
            return .finished(.retry(after: .seconds(1), reason: "the directory has no squads yet"))
        }
        // The same result twice is one; another result for the same signal (after PENDING) is its own, and so is one
        // that comes back after another: the newest counts.
        let again = times > 1 ? [String(times)] : []
        let order = CommandSender.Order(
            name: ["outcome", decoded.outcome.signalID.rawValue, digest] + again, squads: squads, data: decoded.json)
        return .order(order) { self.sent.increment() }
    }
}
