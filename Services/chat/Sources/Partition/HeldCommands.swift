import Redis
import WireContract

/// Commands of the suite itself that cannot be applied now: the outbox or the server is full, or the archive is away. They
/// must not be lost, and what stands behind them may not wait for them. So each goes to the end of the stream and comes round
/// again, and those behind it that are the suite's follow it there, so that they keep their order. Pure.
///
/// A process that takes the partition over meanwhile does not know that some are under way: a command that comes in then may
/// go before them.
struct HeldCommands {
    /// In the entry: the round that it is on.
    static let field = "lap"
    /// How long a whole round of them rests.
    static let rest = Duration.milliseconds(100)

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
    private var round = Round()
    /// As it will be when all of the batch is applied.
    private var next = Round()
    private var restedLap = 0

    static func lap(of entry: StreamEntry) -> Int { entry.string(Self.field).flatMap { Int($0) } ?? 0 }

    mutating func hold(_ id: StreamID) { self.due.insert(id) }

    /// How long to wait before one is put at the end that could not be applied: a moment in every round, so that they do not
    /// run in a circle as fast as they can.
    mutating func pause(before entry: StreamEntry) -> Duration? {
        let lap = Self.lap(of: entry)
        guard lap > self.restedLap else { return nil }
        self.restedLap = lap
        return Self.rest
    }

    /// Begins a batch.
    mutating func begin() {
        self.sent.removeAll(keepingCapacity: true)
        self.next = self.round
    }

    /// The round on which a command of the suite goes instead of being applied; nil when it is to be applied.
    mutating func lap(for entry: StreamEntry) -> Int? {
        let own = Self.lap(of: entry)
        // Those of the latest round are before it.
        let follows = self.next.away > 0 && own < self.next.lap
        guard follows || self.due.contains(entry.id) else {
            self.next.comeBack(own)
            return nil
        }
        let lap = follows ? self.next.lap : max(own, self.next.lap) + 1
        self.next.add(lap)
        self.sent[entry.id] = lap
        return lap
    }

    /// These have been dealt with, as ``lap(for:)`` said.
    mutating func applied(_ entries: some Sequence<StreamEntry>) {
        guard self.round.away > 0 || !self.sent.isEmpty else { return }
        for entry in entries {
            self.due.remove(entry.id)
            if let lap = self.sent[entry.id] {
                self.round.add(lap)
            } else {
                self.round.comeBack(Self.lap(of: entry))
            }
        }
        if self.round.away == 0 { (self.round, self.restedLap) = (Round(), 0) }
    }
}
