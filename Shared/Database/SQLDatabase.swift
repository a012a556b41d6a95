import Foundation
import GRDB

/// One SQL database: many readers, one writer at a time, also between processes that share the file.
///
/// SQLite in WAL mode with foreign keys on. A writer of another process is waited for up to the busy timeout.
public final class SQLDatabase: Sendable {
    /// What a commit waits for.
    public enum Synchronous: String, Sendable {
        /// The disk has everything: nothing is lost when the host loses power.
        case full = "FULL"
        /// The last commits may be lost when the host loses power; never when only the process dies.
        case normal = "NORMAL"
    }

    /// Most memory of the writer for pages. SQLite's 2 MiB do not hold the ends of an archive's indexes, which every
    /// message needs: they would be read again for each.
    private static let writerCacheInKibibytes = 16_384
    /// After so many pages the log is carried into the file, 16 MiB of it. A page that is written again and again, as those
    /// ends are, is carried once; at SQLite's 1000 it would be four times.
    private static let checkpointInPages = 4_000

    private let pool: DatabasePool

    /// Opens the file, which is made when it is missing, with its folder.
    ///
    /// - Parameters:
    ///   - url: `sqlite:/absolute/path`, `sqlite:relative/path` or `sqlite:///absolute/path`.
    ///   - busyTimeout: How long a writer waits for another.
    public init(
        url: String, synchronous: Synchronous = .full, busyTimeout: Duration = .seconds(5)
    ) throws(SQLError) {
        let path = try Self.path(of: url)
        var configuration = Configuration()
        configuration.busyMode = .timeout(busyTimeout / .seconds(1))
        configuration.journalMode = .wal
        configuration.foreignKeysEnabled = true
        do {
            let folder = URL(filePath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            self.pool = try Self.open(path, configuration, within: busyTimeout)
            // After opening: GRDB makes it NORMAL when it turns WAL on. Only the writer's matters.
            try self.pool.writeWithoutTransaction { connection in
                try connection.execute(sql: "PRAGMA synchronous = \(synchronous.rawValue)")
                try connection.execute(sql: "PRAGMA cache_size = -\(Self.writerCacheInKibibytes)")
                try connection.execute(sql: "PRAGMA wal_autocheckpoint = \(Self.checkpointInPages)")
            }
        } catch {
            throw .cannotOpen(path: path, reason: (error as? DatabaseError)?.message ?? "\(error)")
        }
    }

    /// SQLite waits for no other process while it turns WAL on, or while the last one to leave takes its log away: it is
    /// refused at once, whatever the busy timeout. So this waits for it here, as a writer would.
    private static func open(
        _ path: String, _ configuration: Configuration, within limit: Duration
    ) throws -> DatabasePool {
        let deadline = ContinuousClock.now + limit
        while true {
            do {
                return try DatabasePool(path: path, configuration: configuration)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && .now < deadline {
                Thread.sleep(forTimeInterval: 0.01)
            }
        }
    }

    /// Reads one consistent state; writers go on meanwhile.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (SQLTransaction) throws -> Value
    ) async throws -> Value {
        do {
            return try await self.pool.read { try body(SQLTransaction(connection: $0)) }
        } catch let error as DatabaseError {
            throw SQLError(error)
        }
    }

    /// Writes all or nothing: when `body` throws, nothing has happened. The commit is on disk when this returns.
    @discardableResult
    public func write<Value: Sendable>(
        _ body: @escaping @Sendable (SQLTransaction) throws -> Value
    ) async throws -> Value {
        do {
            return try await self.pool.writeWithoutTransaction { connection in
                var value: Value?
                // Immediate: a transaction that begins by reading and then writes could not wait for another process.
                try connection.inTransaction(.immediate) {
                    value = try body(SQLTransaction(connection: connection))
                    return .commit
                }
                guard let value else { preconditionFailure("a committed transaction has a value") }
                return value
            }
        } catch let error as DatabaseError {
            throw SQLError(error)
        }
    }

    /// Brings the schema up to date. Several processes may do so at once: one applies, and the others wait until it is done,
    /// which may take minutes where a step writes a large table anew.
    ///
    /// - Parameter waiting: Told whenever the busy timeout has passed and another process is still at it.
    /// - Returns: The ids of the steps applied now.
    /// - Throws: ``SQLError/migrationChanged(_:)``, ``SQLError/newerSchema(_:known:)``, or the error of a step; then none of
    ///   them was applied.
    @discardableResult
    public func migrate(
        _ migrations: [Migration], waiting: @Sendable () -> Void = {}
    ) async throws -> [String] {
        while true {
            do {
                return try await self.write { try $0.migrate(migrations) }
            } catch SQLError.busy {
                try Task.checkCancellation()
                waiting()
            }
        }
    }

    /// Ends all connections; further use fails. Waits for what is running.
    public func close() throws(SQLError) {
        try translated { try self.pool.close() }
    }

    private static func path(of url: String) throws(SQLError) -> String {
        guard url.hasPrefix("sqlite:") else { throw .invalidURL(url) }
        var path = url.dropFirst("sqlite:".count)
        if path.hasPrefix("//") { path = path.dropFirst(2) }
        guard !path.isEmpty, !path.hasPrefix(":"), !path.contains("\0") else { throw .invalidURL(url) }
        return String(path)
    }
}
