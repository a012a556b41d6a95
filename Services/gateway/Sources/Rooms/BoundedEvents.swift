import NIOCore

/// Events kept for a while, within a bound; past it everything is forgotten and the fact remembered.
struct BoundedEvents {
    private(set) var events: [LiveEvent] = []
    private(set) var overflowed = false
    private var bytes = 0

    mutating func append(_ event: LiveEvent) {
        guard !self.overflowed else { return }
        self.bytes += event.json.readableBytes
        guard self.events.count < RoomSubscription.waitingLimit, self.bytes <= RoomSubscription.waitingLimitInBytes
        else {
            self.overflowed = true
            self.events = []
            return
        }
        // A copy: the slice would keep everything alive that came in the same read.
        self.events.append(event.detached)
    }

    mutating func takeAll() -> [LiveEvent] {
        defer { self = BoundedEvents() }
        return self.events
    }
}

extension LiveEvent {
    /// The same event with JSON bytes of its own.
    var detached: LiveEvent {
        LiveEvent(self.header, json: ByteBuffer(bytes: self.json.readableBytesView))
    }
}
