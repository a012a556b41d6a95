import Domain
import NIOConcurrencyHelpers
import Redis
import ServiceRuntime
import WireContract
import WorkQueue

/// Hands commands of the suite itself to the partitions of their rooms.
///
/// A partition that takes no more holds up the entries behind it, but what others have taken is not sent to them again
/// with each attempt: they would fill as well.
struct CommandSender: Sendable {
    private let redis: RedisClient
    private let partitions: Int
    private let bound: Int
    private let unfinished = NIOLockedValueBox<[ChatCommand.Kind: UnfinishedOrders]>([:])

    /// - Parameter bound: Commands that may wait in one partition before more are refused.
    init(redis: RedisClient, partitions: Int, bound: Int = StreamWriter.defaultBound) {
        self.redis = redis
        self.partitions = partitions
        self.bound = bound
    }

    /// One command for the rooms of some squads.
    struct Order {
        /// With the room appended, the id of each command: the same name and content again has no second effect.
        let name: [String]
        let squads: [SquadID]
        /// The payload, JSON.
        let data: [UInt8]
    }

    /// What an entry of the engine became.
    enum Step {
        case finished(JobOutcome)
        case order(Order, whenSent: () -> Void)
    }

    /// Sends what some entries became, in order and in one go. The entries of one kind come from one consumer, which hands
    /// over again what had to wait.
    ///
    /// - Returns: One outcome for each entry up to the first that has to wait: those behind it must not overtake it.
    func send(
        _ kind: ChatCommand.Kind, for entries: [StreamEntry], _ step: (StreamEntry) -> Step
    ) async -> [JobOutcome] {
        var outcomes: [JobOutcome] = []
        var orders: [(place: Int, entry: StreamID, order: Order, whenSent: () -> Void)] = []
        for entry in entries {
            switch step(entry) {
            case .order(let order, let whenSent):
                orders.append((outcomes.count, entry.id, order, whenSent))
                outcomes.append(.done)
            case .finished(let outcome): outcomes.append(outcome)
            }
            if case .retry? = outcomes.last { break }
        }
        guard let stop = await self.send(kind, orders.map { ($0.entry, $0.order) }) else {
            for (_, _, _, whenSent) in orders { whenSent() }
            return outcomes
        }
        for (_, _, _, whenSent) in orders[..<stop.number] { whenSent() }
        for (place, _, _, _) in orders[stop.number...] { outcomes[place] = stop.outcome }
        return outcomes
    }

    /// - Returns: The first order that was not certainly sent whole; nil when all of them were.
    private func send(
        _ kind: ChatCommand.Kind, _ orders: [(entry: StreamID, order: Order)]
    ) async -> (number: Int, outcome: JobOutcome)? {
        guard !orders.isEmpty else { return nil }
        var unfinished = self.unfinished.withLockedValue { $0.removeValue(forKey: kind) } ?? UnfinishedOrders()
        var missing: (number: Int, reason: String)?
        do throws(RedisError) {
            let connection = try await self.redis.connection(for: RedisNames.commands(0))
            unfinished.begin(orders.map(\.entry), server: connection.runID)
            let commands = orders.enumerated().flatMap { number, source in
                self.commands(kind, source.order) { unfinished.has($0, of: source.entry) }.map { (number, $0) }
            }
            let results = try await StreamWriter.offer(commands.map(\.1.entry), bound: self.bound, on: connection)
            for ((number, command), result) in zip(commands, results) {
                switch result {
                case .success: unfinished.took(command.room, of: orders[number].entry)
                case .failure(let error): if missing == nil { missing = (number, "\(error)") }
                }
            }
        } catch {
            // What this attempt has added is not known; a repeat is harmless.
            missing = (0, "\(error)")
        }
        guard let missing else { return nil }
        let wait = unfinished.wait(for: orders[missing.number].entry)
        self.unfinished.withLockedValue { [unfinished] in $0[kind] = unfinished }
        return (missing.number, .retry(after: wait, reason: missing.reason))
    }

    /// - Parameter isSent: Whether a room has its command already.
    private func commands(
        _ kind: ChatCommand.Kind, _ order: Order, isSent: (String) -> Bool
    ) -> [(room: String, entry: StreamWriter.Entry)] {
        let now = Int(WallClock.milliseconds())
        return order.squads.compactMap { squad in
            let room = RoomID(squad: squad).rawValue
            guard !isSent(room) else { return nil }
            let command = ChatCommand(
                kind: kind, id: SignalName.command(order.name + [room]), room: room, user: "", producedAt: now,
                data: order.data)
            let partition = PartitionMap.partition(of: room, of: self.partitions)
            return (room, StreamWriter.Entry(stream: RedisNames.commands(partition), fields: command.fields))
        }
    }
}
