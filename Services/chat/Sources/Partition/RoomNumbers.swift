/// The number of each room's last event, as far as this holder knows: nobody else writes there.
///
/// A message is put together with its number before its script runs. What other commands add is a guess, and a room is not
/// known before the first message: the script refuses a wrong number and says the right ones (`renumber`), which costs the
/// messages behind it one more round.
struct RoomNumbers {
    private static let mostRooms = 10_000

    /// After everything that was applied.
    private var last: [String: Int] = [:]
    /// After what is planned, of the rooms of this batch.
    private var planned: [String: Int] = [:]
    /// What each entry of the batch adds.
    private var plan: [(room: String, events: Int)] = []

    /// Begins a batch.
    mutating func begin() {
        self.planned.removeAll(keepingCapacity: true)
        self.plan.removeAll(keepingCapacity: true)
    }

    /// Plans the next entry of the batch.
    ///
    /// - Parameter events: How many it adds to its room.
    /// - Returns: The number of the last of them.
    @discardableResult
    mutating func add(_ events: Int, in room: String) -> Int {
        let number = (self.planned[room] ?? self.last[room] ?? 0) + events
        self.planned[room] = number
        self.plan.append((room, events))
        return number
    }

    /// The first entries of the batch are applied.
    mutating func applied(_ count: Int) {
        if self.last.count > Self.mostRooms { self.last.removeAll() }
        if count == self.plan.count {
            self.last.merge(self.planned) { $1 }
        } else {
            for (room, events) in self.plan.prefix(count) where events > 0 { self.last[room, default: 0] += events }
        }
        self.begin()
    }

    /// - Parameter answer: `renumber`, then room and number in turns.
    mutating func learn(_ answer: [String]) {
        for place in stride(from: 1, to: answer.count - 1, by: 2) { self.last[answer[place]] = Int(answer[place + 1]) }
    }

    /// Redis may hold other rooms now.
    mutating func forget() {
        self.begin()
        self.last.removeAll()
    }
}
