import Foundation
import Glibc
import Metrics
import NIOCore
import Redis
import ServiceLifecycle
import ServiceRuntime
import WireContract

/// Tells operators that this process lives (`squadctl status`) and counts what it does (`/metrics`).
struct ServiceReporter: Service {
    let instance: String
    let healthPort: Int
    let hubs: [SessionHub]
    let redis: RedisClient

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            var last = HubCounters()
            while !Task.isCancelled {
                let (counters, sockets, rooms) = try await self.read()
                self.report(counters, since: last, sockets: sockets, rooms: rooms)
                last = counters
                await self.record(sockets: sockets, rooms: rooms)
                try? await Task.sleep(for: .seconds(2))
            }
        }
        let field = RedisArgument("gateway:\(self.instance)")
        _ = try? await self.redis.send(RedisCommand("HDEL", RedisArgument(RedisNames.services), field))
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

    private func record(sockets: Int, rooms: Int) async {
        let record = ServiceRecord(
            service: "gateway", instance: self.instance, pid: Int(getpid()), host: ProcessInfo.processInfo.hostName,
            version: GatewayAssembly.version, at: Int(WallClock.milliseconds()), healthPort: self.healthPort,
            details: ["sockets": String(sockets), "rooms": String(rooms)])
        guard let json = try? JSONEncoder().encode(record) else { return }
        let command = RedisCommand(
            "HSET", RedisArgument(RedisNames.services), RedisArgument("gateway:\(self.instance)"),
            RedisArgument([UInt8](json)))
        _ = try? await self.redis.current?.send(command)
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
