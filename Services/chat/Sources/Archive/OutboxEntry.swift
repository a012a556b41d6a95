import Domain
import NIOCore
import Redis
import WireContract

/// One entry of the outbox with the state it left a message in.
struct OutboxEntry: Sendable {
    let id: StreamID
    let event: RoomEvent
    /// The whole message after a reaction or an outcome; empty otherwise.
    let state: [UInt8]

    /// Nil for an entry that is no event: it is passed over.
    init?(_ entry: StreamEntry) {
        func bytes(_ name: String) -> [UInt8]? { entry[name].map { Array(buffer: $0) } }
        guard let event = RoomEvent(reading: bytes) else { return nil }
        self.id = entry.id
        self.event = event
        self.state = bytes("state") ?? []
    }

    /// The UTC day of the event, `2026-11-22`.
    var day: String { String(Timestamp(milliseconds: Int64(self.event.producedAt)).rfc3339.prefix(10)) }
}
