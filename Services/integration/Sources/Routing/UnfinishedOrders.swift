import Redis

/// What is known of entries that are handed over again: which rooms have their command already, and how often the first of
/// them has been tried. Pure.
struct UnfinishedOrders {
    /// The Redis process that has the commands: another may have started without the last of them.
    private var server = ""
    private var rooms: [StreamID: Set<String>] = [:]
    private var first: StreamID?
    private var attempts = 0

    /// One attempt at these entries begins; of others nothing is remembered.
    mutating func begin(_ entries: [StreamID], server: String) {
        if server != self.server { self.rooms = [:] }
        self.server = server
        let entries = Set(entries)
        self.rooms = self.rooms.filter { entries.contains($0.key) }
    }

    func has(_ room: String, of entry: StreamID) -> Bool { self.rooms[entry]?.contains(room) ?? false }

    mutating func took(_ room: String, of entry: StreamID) { self.rooms[entry, default: []].insert(room) }

    /// How long to wait until the next attempt: from a fifth of a second, twice as long each time, up to two seconds.
    ///
    /// - Parameter entry: The first that has to wait.
    mutating func wait(for entry: StreamID) -> Duration {
        self.attempts = entry == self.first ? self.attempts + 1 : 1
        self.first = entry
        return min(.seconds(2), .milliseconds(200) * (1 << min(self.attempts - 1, 10)))
    }
}
