import Domain
import NIOCore
import Redis
import WireContract

/// One entry of the outbox with the state it left a message in. A class, because lists of them are gone over again and again.
final class OutboxEntry: Sendable {
    let id: StreamID
    let event: RoomEvent
    /// The whole message after a reaction or an outcome; empty otherwise.
    let state: [UInt8]
    /// The signal for which a parked outcome waits; nil for everything else.
    let awaitedSignal: String?

    /// The entries that are events; what is none is passed over.
    static func list(_ entries: [StreamEntry]) -> [OutboxEntry] {
        var days: [Int: String] = [:]
        return entries.compactMap { OutboxEntry($0, days: &days) }
    }

    /// - Parameter days: The names of the days met so far, by their number.
    private init?(_ entry: StreamEntry, days: inout [Int: String]) {
        func bytes(_ name: String) -> [UInt8]? { entry[name].map { Array(buffer: $0) } }
        guard let event = RoomEvent(reading: bytes) else { return nil }
        self.id = entry.id
        self.event = event
        self.state = bytes("state") ?? []
        self.awaitedSignal =
            event.event == Publication.Event.outcomeParked
            ? bytes("signal").map { String(decoding: $0, as: UTF8.self) } ?? "" : nil
        let number = event.producedAt / 86_400_000
        let day =
            days[number] ?? String(Timestamp(milliseconds: Int64(event.producedAt)).rfc3339.prefix(10))
        days[number] = day
        self.day = day
    }

    /// The UTC day of the event, `2026-11-22`.
    let day: String
}
