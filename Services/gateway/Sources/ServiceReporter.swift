import Metrics
import ServiceLifecycle

/// Counts what the event loops of this process do (`/metrics`).
struct ServiceReporter: Service {
    let loops: [GatewayLoop]

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            var last = GatewayLoop.Tally()
            while !Task.isCancelled {
                let now = try await self.read()
                self.report(now, since: last)
                last = now
                try? await Task.sleep(for: .seconds(2))
            }
        }
    }

    /// What operators see beside the process (`squadctl status`).
    func details() async -> [String: String] {
        guard let tally = try? await self.read() else { return [:] }
        return ["sockets": String(tally.sockets), "rooms": String(tally.rooms)]
    }

    private func read() async throws -> GatewayLoop.Tally {
        var total = GatewayLoop.Tally()
        for loop in self.loops {
            let part = try await loop.tally()
            for index in part.counters.indices { total.counters[index] += part.counters[index] }
            total.sockets += part.sockets
            total.rooms += part.rooms
        }
        return total
    }

    private func report(_ now: GatewayLoop.Tally, since last: GatewayLoop.Tally) {
        Gauge(label: "squadchat_gateway_sockets").record(now.sockets)
        Gauge(label: "squadchat_gateway_rooms").record(now.rooms)
        for (index, name) in LoopCounters.names.enumerated() {
            Counter(label: "squadchat_gateway_\(name)_total").increment(by: now.counters[index] - last.counters[index])
        }
    }
}
