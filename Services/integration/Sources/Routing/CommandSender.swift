import Domain
import Redis
import ServiceRuntime
import WireContract
import WorkQueue

/// Hands commands of the suite itself to the partitions of their rooms.
struct CommandSender: Sendable {
    private let writer: StreamWriter
    private let partitions: Int

    init(redis: RedisClient, partitions: Int) {
        self.writer = StreamWriter(redis: redis)
        self.partitions = partitions
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

    /// Sends what some entries became, in order and in one go.
    ///
    /// - Returns: One outcome for each entry up to the first that has to wait: those behind it must not overtake it.
    func send(
        _ kind: ChatCommand.Kind, for entries: [StreamEntry], _ step: (StreamEntry) -> Step
    ) async -> [JobOutcome] {
        var outcomes: [JobOutcome] = []
        var orders: [(place: Int, order: Order, whenSent: () -> Void)] = []
        for entry in entries {
            switch step(entry) {
            case .order(let order, let whenSent):
                orders.append((outcomes.count, order, whenSent))
                outcomes.append(.done)
            case .finished(let outcome): outcomes.append(outcome)
            }
            if case .retry? = outcomes.last { break }
        }
        do {
            try await self.send(kind, orders.map(\.order))
            for (_, _, whenSent) in orders { whenSent() }
        } catch {
            // Which of them were added is not known; a repeat is harmless.
            for (place, _, _) in orders {
                outcomes[place] = .retry(after: .milliseconds(200), reason: "\(error)")
            }
        }
        return outcomes
    }

    /// - Throws: When not every command was certainly added. Then all of them are to be sent again.
    private func send(_ kind: ChatCommand.Kind, _ orders: [Order]) async throws(RedisError) {
        guard !orders.isEmpty else { return }
        let now = Int(WallClock.milliseconds())
        try await self.writer.append(
            orders.flatMap { order in
                order.squads.map { squad in
                    let room = RoomID(squad: squad).rawValue
                    let command = ChatCommand(
                        kind: kind, id: SignalName.command(order.name + [room]), room: room, user: "",
                        producedAt: now, data: order.data)
                    let partition = PartitionMap.partition(of: room, of: self.partitions)
                    return StreamWriter.Entry(stream: RedisNames.commands(partition), fields: command.fields)
                }
            })
    }
}
