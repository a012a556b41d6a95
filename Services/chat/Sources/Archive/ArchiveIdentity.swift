import Domain
import NIOConcurrencyHelpers
import Redis
import WireContract

/// Ties an archive to its Redis: with SQLite all chat processes share one data directory, and one that was started with
/// another would restore the wrong rooms.
struct ArchiveIdentity: Sendable {
    /// Random, made with the archive.
    let identity: String
    let partitions: Int
    private let problem = NIOLockedValueBox<String?>("not checked yet")

    init(identity: String, partitions: Int) {
        self.identity = identity
        self.partitions = partitions
    }

    /// What `/readyz` says; nil when all is well.
    var report: String? { self.problem.withLockedValue { $0 } }

    /// Names this archive to a Redis that knows none.
    ///
    /// - Throws: ``ArchiveError/belongsElsewhere(inRedis:here:)``,
    ///   ``ArchiveError/otherPartitionCount(stored:configured:)``
    func check(_ connection: RedisConnection) async throws {
        do {
            let stored = try await self.agree(RedisNames.archive, RedisArgument(self.identity), connection)
            guard stored == self.identity else {
                throw ArchiveError.belongsElsewhere(inRedis: stored, here: self.identity)
            }
            let count = try await self.agree(RedisNames.partitions, RedisArgument(self.partitions), connection)
            guard count == String(self.partitions) else {
                throw ArchiveError.otherPartitionCount(stored: Int(count) ?? 0, configured: self.partitions)
            }
            self.problem.withLockedValue { $0 = nil }
        } catch {
            self.problem.withLockedValue { $0 = "\(error)" }
            throw error
        }
    }

    private func agree(
        _ key: String, _ value: RedisArgument, _ connection: RedisConnection
    ) async throws -> String {
        // Looked at first: a Redis that is full takes no SET, and needs none.
        if let found = try await connection.send(RedisCommand("GET", RedisArgument(key))).string { return found }
        _ = try await connection.send(RedisCommand("SET", RedisArgument(key), value, "NX"))
        return try await connection.send(RedisCommand("GET", RedisArgument(key))).string ?? ""
    }
}
