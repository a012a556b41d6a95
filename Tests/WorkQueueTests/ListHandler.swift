import Logging
import Redis
import TestSupport

@testable import WorkQueue

/// A handler in whose partitions nobody asks.
protocol WritesOnly: PartitionHandler {}

extension WritesOnly {
    func role(of entry: StreamEntry) -> PartitionRole { .write(of: "") }
    func applied(_ count: Int, unanswered: [PartitionRead]) async {}
    func question(of entry: StreamEntry) -> String? { nil }
    func answer(
        _ read: PartitionRead, mayTakeLong: Bool, _ fence: PartitionFence, _ connection: RedisConnection
    ) async -> Bool { true }
    func letGo(_ reads: [PartitionRead], _ fence: PartitionFence, _ connection: RedisConnection) async {}
    func refuse(_ reads: [PartitionRead], _ fence: PartitionFence, _ connection: RedisConnection) async {}
}

/// A handler whose script appends each entry's `n` to the partition's list.
protocol ListHandler: PartitionHandler {
    /// Of `state`, `entries`, `list` and `remedy`; token, expected cursor, entry and `n`.
    static var script: RedisScript { get }
}

extension ListHandler {
    func storedCursor(_ fence: PartitionFence, _ connection: RedisConnection) async throws -> StreamID {
        let cursor = try await connection.send(
            RedisCommand("HGET", RedisArgument("t:{p\(fence.partition)}:state"), "cursor"))
        return cursor.string.flatMap { StreamID($0) } ?? .zero
    }

    func calls(
        for writes: [StreamEntry], after cursor: StreamID, isAlone: Bool, _ fence: PartitionFence
    ) async -> [PartitionCall] { self.calls(for: writes, after: cursor, fence) }

    func calls(
        for writes: [StreamEntry], after cursor: StreamID, _ fence: PartitionFence
    ) -> [PartitionCall] {
        var expected = cursor
        return writes.map { entry in
            defer { expected = entry.id }
            let tag = "t:{p\(fence.partition)}"
            let call = RedisScript.Call(
                Self.script, keys: ["\(tag):state", "\(tag):entries", "\(tag):list", "\(tag):remedy"],
                arguments: [
                    RedisArgument(fence.token), RedisArgument("\(expected)"), RedisArgument("\(entry.id)"),
                    RedisArgument(entry.string("n") ?? ""),
                ])
            return PartitionCall(call, entries: 1)
        }
    }
}

extension HoldingProcess {
    /// One that reads its partitions.
    convenience init(_ url: String, name: String, handler: some PartitionHandler) throws {
        try self.init(url, name: name) { lease, redis in
            await PartitionReader(
                lease: lease, names: HoldingProcess.names, redis: redis, handler: handler,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            ).run()
        }
    }
}

extension RedisServer {
    /// The elements of a list of partition 5.
    func elements(_ name: String) throws -> [String] {
        try self.command("LRANGE", "t:{p5}:\(name)", "0", "-1").split(separator: "\r\n").map(String.init)
            .filter { !$0.hasPrefix("$") && !$0.hasPrefix("*") }
    }

    /// Runs `body` with a client of this server.
    func withClient(_ body: (RedisClient) async throws -> Void) async throws {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let redis = RedisClient(try RedisConfiguration(url: self.url), logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await redis.run() }
            try await body(redis)
            group.cancelAll()
        }
    }
}
