/// What one event loop has done: counters that only grow. Confined to the loop.
final class LoopCounters {
    var socketsOpened = 0
    var framesIn = 0
    var events = 0
    /// Events times sockets.
    var deliveries = 0
    var refusals = 0
    var rateLimited = 0
    var heals = 0
    var reloads = 0
    var notifications = 0
    var malformed = 0

    /// The names as operators know them, in the order of ``values``.
    static let names = [
        "sockets_opened", "frames_in", "events", "deliveries", "refusals", "rate_limited", "heals", "reloads",
        "notifications", "malformed_publications",
    ]

    var values: [Int] {
        [
            self.socketsOpened, self.framesIn, self.events, self.deliveries, self.refusals, self.rateLimited,
            self.heals, self.reloads, self.notifications, self.malformed,
        ]
    }
}
