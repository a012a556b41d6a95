internal import Foundation

/// Two redis-server masters in cluster mode that share the slots: 0–8191 and 8192–16383. What works on one server by
/// luck — a script that touches a key it did not name, or keys of two slots — fails here.
public final class RedisCluster: Sendable {
    /// The two masters, in the order of their slots.
    public let masters: [RedisServer]

    private init(masters: [RedisServer]) { self.masters = masters }

    /// Starts both; every slot is served when this returns.
    public static func start() async throws -> RedisCluster {
        var masters: [RedisServer] = []
        var bus: [Int] = []
        for _ in 0..<2 {
            // The bus has a second port, by default 10000 above the first, which may be taken: choose it too.
            bus.append(try freePort())
            masters.append(
                try await RedisServer.start(
                    arguments: [
                        "--cluster-enabled", "yes", "--cluster-port", "\(bus[bus.count - 1])",
                        "--cluster-node-timeout", "5000",
                    ], port: freePort()))
        }
        let cluster = RedisCluster(masters: masters)
        try masters[0].command("CLUSTER", "ADDSLOTSRANGE", "0", "8191")
        try masters[1].command("CLUSTER", "ADDSLOTSRANGE", "8192", "16383")
        try masters[0].command("CLUSTER", "SET-CONFIG-EPOCH", "1")
        try masters[1].command("CLUSTER", "SET-CONFIG-EPOCH", "2")
        try masters[0].command("CLUSTER", "MEET", "127.0.0.1", "\(masters[1].port)", "\(bus[1])")
        let isComplete = await isTrue(within: .seconds(30)) {
            try masters.allSatisfy { master in
                let information = try master.command("CLUSTER", "INFO")
                return information.contains("cluster_state:ok") && information.contains("cluster_known_nodes:2")
            }
        }
        guard isComplete else { throw RedisServer.StartError(description: "the cluster does not come up") }
        return cluster
    }

    /// The slot of a key, by its hash tag if it has one.
    public func slot(of key: String) throws -> Int {
        let reply = try self.masters[0].command("CLUSTER", "KEYSLOT", key)
        guard reply.hasPrefix(":"), let slot = Int(reply.dropFirst().prefix { $0.isNumber }) else {
            throw RedisServer.StartError(description: reply)
        }
        return slot
    }

    /// The master that owns a key (or shard channel).
    public func master(of key: String) throws -> RedisServer {
        self.masters[try self.slot(of: key) < 8192 ? 0 : 1]
    }

    /// Ends both.
    public func stop() { for master in self.masters { master.stop() } }
}
