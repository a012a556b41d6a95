internal import Redis

/// The entry that a consumer tries again and again while all behind it wait: told at the first try, and then rarely. Pure.
struct Repetition {
    /// How often the same is told again.
    static let interval = Duration.seconds(60)

    private var entry: StreamID?
    private var toldAt: ContinuousClock.Instant?
    /// Tries that came to nothing.
    private(set) var count = 0

    /// - Returns: Whether it is to be told.
    mutating func again(_ id: StreamID, at now: ContinuousClock.Instant) -> Bool {
        if self.entry != id { (self.entry, self.toldAt, self.count) = (id, nil, 0) }
        self.count += 1
        if let toldAt = self.toldAt, now - toldAt < Self.interval { return false }
        self.toldAt = now
        return true
    }

    /// - Returns: How often the entry that is over now was tried in vain; nil for one that went at once.
    mutating func over(_ id: StreamID) -> Int? {
        guard self.entry == id else { return nil }
        defer { (self.entry, self.toldAt, self.count) = (nil, nil, 0) }
        return self.count
    }
}
