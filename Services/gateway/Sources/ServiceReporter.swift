import Metrics
import NIOCore
import ServiceLifecycle

/// Counts what the hubs of this process do (`/metrics`).
struct ServiceReporter: Service {
    let hubs: [SessionHub]

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            var last = HubCounters()
            while !Task.isCancelled {
                let (counters, sockets, rooms) = try await self.read()
                self.report(counters, since: last, sockets: sockets, rooms: rooms)
                last = counters
                try? await Task.sleep(for: .seconds(2))
            }
        }
    }

    /// What operators see beside the process (`squadctl status`).
    func details() async -> [String: String] {
        guard let (_, sockets, rooms) = try? await self.read() else { return [:] }
        return ["sockets": String(sockets), "rooms": String(rooms)]
    }

    private func read() async throws -> (HubCounters, sockets: Int, rooms: Int) {
        var total = HubCounters()
        var (sockets, rooms) = (0, 0)
        for hub in self.hubs {
            let part = try await hub.eventLoop.submit { (hub.counters, hub.socketCount, hub.rooms.count) }.get()
            total.add(part.0)
            sockets += part.1
            rooms += part.2
        }
        return (total, sockets, rooms)
    }

    private func report(_ now: HubCounters, since last: HubCounters, sockets: Int, rooms: Int) {
        Gauge(label: "squadchat_gateway_sockets").record(sockets)
        Gauge(label: "squadchat_gateway_rooms").record(rooms)
        for (name, path) in HubCounters.names {
            Counter(label: "squadchat_gateway_\(name)_total").increment(by: now[keyPath: path] - last[keyPath: path])
        }
    }
}

extension HubCounters {
    static var names: [(String, WritableKeyPath<HubCounters, Int>)] {
        [
            ("sockets_opened", \.socketsOpened), ("frames_in", \.framesIn), ("events", \.events),
            ("deliveries", \.deliveries), ("refusals", \.refusals), ("rate_limited", \.rateLimited),
            ("heals", \.heals), ("reloads", \.reloads), ("notifications", \.notifications),
            ("malformed_publications", \.malformed),
        ]
    }

    mutating func add(_ other: HubCounters) {
        for (_, path) in Self.names { self[keyPath: path] += other[keyPath: path] }
    }
}
