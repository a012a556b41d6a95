import Redis
import WireContract

/// Commands of the suite itself that cannot be applied now: the outbox or the server is full, or the archive is away. They
/// must not be lost, and what stands behind them may not wait for them. So each goes to the end of the stream and comes round
/// again, and those behind it that are the suite's and of its room follow it there, so that they keep their order. Who may
/// read a room is decided apart from what is posted there: a removal never waits for a signal. Pure.
///
/// A process that takes the partition over meanwhile does not know that some are under way: a command that comes in then may
/// go before them.
struct HeldCommands {
    /// In the entry: the round that it is on.
    static let field = "lap"

    /// How long a whole round of them rests: everybody else of the partition waits for it, so never long.
    static func rest(before lap: Int) -> Duration { .milliseconds(100 << min(max(lap, 1) - 1, 2)) }

    /// The latest round, and how many of it have not come back.
    private struct Round {
        var lap = 0
        var away = 0

        /// One goes on a round. Who has to wait for others goes on theirs; whose own turn it is begins the next.
        mutating func add(_ lap: Int) {
            self.away = lap > self.lap ? 1 : self.away + 1
            self.lap = max(self.lap, lap)
        }

        mutating func comeBack(_ lap: Int) {
            if lap == self.lap { self.away = max(0, self.away - 1) }
        }
    }

    /// Those of the present batch that could not be applied.
    private var due: Set<StreamID> = []
    /// Those of the last batch that were sent to the end, and on which round.
    private var sent: [StreamID: Int] = [:]
    /// By what keeps its order.
    private var rounds: [String: Round] = [:]
    /// As they will be when all of the batch is applied.
    private var next: [String: Round] = [:]
    private var restedLap = 0

    static func lap(of entry: StreamEntry) -> Int { entry.string(Self.field).flatMap { Int($0) } ?? 0 }

    private static func subject(of entry: StreamEntry) -> String {
        let kind = entry.string(ChatCommand.Field.kind).flatMap { ChatCommand.Kind(rawValue: $0) }
        let isOfMembers = kind == .removeMember || kind == .changeRights
        return (isOfMembers ? "members " : "texts ") + (entry.string(ChatCommand.Field.room) ?? "")
    }

    mutating func hold(_ id: StreamID) { self.due.insert(id) }

    /// How long to wait before one is put at the end that could not be applied: a moment in every round, so that they do not
    /// run in a circle as fast as they can.
    mutating func pause(before entry: StreamEntry) -> Duration? {
        let lap = Self.lap(of: entry)
        guard lap > self.restedLap else { return nil }
        self.restedLap = lap
        return Self.rest(before: lap)
    }

    /// Begins a batch.
    mutating func begin() {
        self.sent.removeAll(keepingCapacity: true)
        self.next = self.rounds
    }

    /// The round on which a command of the suite goes instead of being applied; nil when it is to be applied.
    mutating func lap(for entry: StreamEntry) -> Int? {
        let (own, subject) = (Self.lap(of: entry), Self.subject(of: entry))
        var round = self.next[subject] ?? Round()
        defer { self.next[subject] = round.away > 0 ? round : nil }
        // Those of the latest round are before it.
        let follows = round.away > 0 && own < round.lap
        guard follows || self.due.contains(entry.id) else {
            round.comeBack(own)
            return nil
        }
        let lap = follows ? round.lap : max(own, round.lap) + 1
        round.add(lap)
        self.sent[entry.id] = lap
        return lap
    }

    /// These have been dealt with, as ``lap(for:)`` said.
    mutating func applied(_ entries: some Sequence<StreamEntry>) {
        guard !self.rounds.isEmpty || !self.sent.isEmpty else { return }
        for entry in entries {
            self.due.remove(entry.id)
            let subject = Self.subject(of: entry)
            var round = self.rounds[subject] ?? Round()
            if let lap = self.sent[entry.id] { round.add(lap) } else { round.comeBack(Self.lap(of: entry)) }
            self.rounds[subject] = round.away > 0 ? round : nil
        }
        if self.rounds.isEmpty { self.restedLap = 0 }
    }
}
