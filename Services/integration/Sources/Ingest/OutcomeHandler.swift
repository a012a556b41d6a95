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
        let signals = Set(readings.compactMap { (try? $0.get())?.outcome.signalID })
        let trades: [SignalID: SignalRegister.Trades]
        do throws(RedisError) { trades = try await self.register.trades(of: Array(signals)) } catch {
            return entries.map { _ in .retry(after: .milliseconds(200), reason: "\(error)") }
        }
        let steps = Dictionary(
            zip(entries.map(\.id), readings.map { self.step(for: $0, trades) }), uniquingKeysWith: { $1 })
        return await self.commands.send(.updateSignal, for: entries) { entry in
            steps[entry.id] ?? .finished(.retry(after: .milliseconds(200), reason: "not read yet"))
        }
    }

    private func step(
        for reading: Result<DecodedOutcome, EngineRefusal>, _ trades: [SignalID: SignalRegister.Trades]
    ) -> CommandSender.Step {
        guard self.agreement.isReached, self.directory.isReady else {
            return .finished(.retry(after: .milliseconds(100), reason: "still starting"))
        }
        let decoded: DecodedOutcome
        do {
            decoded = try reading.get()
            try decoded.mustBe(of: trades[decoded.outcome.signalID] ?? .init())
        } catch { return .finished(.discard(reason: error.reason)) }
        let squads = self.directory.squads().map(\.squadID)
        guard !squads.isEmpty else {
            return .finished(.retry(after: .seconds(1), reason: "the directory has no squads yet"))
        }
        // The same result twice is one; another result for the same signal (after PENDING) is its own.
        let digest = SignalName.digest(String(decoding: decoded.json, as: UTF8.self))
        let order = CommandSender.Order(
            name: ["outcome", decoded.outcome.signalID.rawValue, digest], squads: squads, data: decoded.json)
        return .order(order) { self.sent.increment() }
    }
}
