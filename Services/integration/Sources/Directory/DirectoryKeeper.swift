import Directory
import Domain
import Logging
import NIOConcurrencyHelpers
import Redis
import ServiceLifecycle

/// Makes the directory outlive Redis: writes what is known into a file, and what Redis lost back into Redis. In demo
/// mode the demo squads belong to what is known.
///
/// Nobody ever deletes a user: one who is missing in Redis was lost there, whatever else was written since, and the file
/// only grows.
final class DirectoryKeeper: Service, Sendable {
    private struct Memory {
        /// Whether Redis has had everything that we know of once.
        var hasFilled = false
        /// What the file holds; nil before it was read.
        var saved: DirectoryFile.Content?
        /// The directory at the last look: until it changes, looking again would change nothing.
        var seen: Sight?
    }

    private struct Sight: Equatable {
        let version: Int
        let lost: Set<UserID>
    }

    private let replica: DirectoryReplica
    private let writer: DirectoryWriter
    private let isDemo: Bool
    private let file: DirectoryFile
    private let logger: Logger
    private let memory = NIOLockedValueBox(Memory())

    init(replica: DirectoryReplica, writer: DirectoryWriter, isDemo: Bool, dataDirectory: String, logger: Logger) {
        self.replica = replica
        self.writer = writer
        self.isDemo = isDemo
        self.file = DirectoryFile(dataDirectory: dataDirectory)
        self.logger = logger
    }

    /// Whether Redis has had everything that we know of once.
    var hasFilled: Bool { self.memory.withLockedValue { $0.hasFilled } }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.look()
                try? await Task.sleep(for: self.hasFilled ? .milliseconds(500) : .milliseconds(50))
            }
            self.save()
        }
    }

    /// Fills Redis when it has no directory or lacks users of ours; then brings the file up to date.
    func look() async {
        guard self.replica.isReady, let saved = self.load() else { return }
        let sight = Sight(version: self.replica.version, lost: self.replica.lost)
        let isEmpty = sight.version == 0
        guard isEmpty || self.memory.withLockedValue({ $0.seen }) != sight else { return }
        do {
            if !self.hasFilled || isEmpty {
                try await self.fill(saved)
            } else {
                try await self.restore(sight.lost, saved)
            }
        } catch {
            self.logger.warning("the directory could not be written", metadata: ["error": "\(error)"])
            return
        }
        if self.save() { self.memory.withLockedValue { $0.seen = sight } }
    }

    /// Writes everything that we know of. Newer versions win in the script, so nothing is taken back.
    private func fill(_ saved: DirectoryFile.Content) async throws(RedisError) {
        var users = self.replica.users() + saved.users.values
        var squads = self.replica.squads()
        if self.isDemo {
            users += DemoDirectory.users
            squads += DemoDirectory.squads
        }
        try await self.put(users, squads: squads)
        self.memory.withLockedValue { $0.hasFilled = true }
    }

    /// Writes what Redis lacks, or has in an older version: it was emptied, or lost its last writes, and somebody wrote
    /// again before us.
    private func restore(_ lost: Set<UserID>, _ saved: DirectoryFile.Content) async throws(RedisError) {
        var missing = lost.compactMap { self.replica.user($0) }
        missing += saved.users.values.filter { $0.version > self.replica.user($0.userID)?.version ?? -1 }
        guard !missing.isEmpty else { return }
        self.logger.warning("users are missing in Redis", metadata: ["users": "\(missing.count)"])
        try await self.put(missing, squads: self.replica.squads())
    }

    private func put(_ users: [DirectoryUser], squads: [Squad]) async throws(RedisError) {
        let written = try await self.writer.put(users, squads: squads)
        if !written.isEmpty {
            self.logger.notice("wrote users into the directory", metadata: ["users": "\(written.count)"])
        }
    }

    /// - Returns: nil when there is a file that cannot be read: it is neither used nor replaced.
    private func load() -> DirectoryFile.Content? {
        if let saved = self.memory.withLockedValue({ $0.saved }) { return saved }
        do {
            let content = try self.file.read()
            if !content.unreadable.isEmpty {
                self.logger.error(
                    "lines of the directory's backup are no users; they stay where they are",
                    metadata: ["file": "\(self.file.url.path)", "lines": "\(content.unreadable.count)"])
            }
            self.memory.withLockedValue { $0.saved = content }
            return content
        } catch {
            self.logger.error(
                "the directory's backup cannot be read",
                metadata: ["file": "\(self.file.url.path)", "error": "\(error)"])
            return nil
        }
    }

    /// - Returns: Whether the file holds what is known.
    @discardableResult
    private func save() -> Bool {
        guard self.hasFilled, let saved = self.memory.withLockedValue({ $0.saved }) else { return false }
        var content = saved
        content.merge(self.replica.users())
        guard content.users != saved.users else { return true }
        do {
            try self.file.write(content)
            self.memory.withLockedValue { $0.saved = content }
            return true
        } catch {
            self.logger.error(
                "the directory's backup could not be written",
                metadata: ["file": "\(self.file.url.path)", "error": "\(error)"])
            return false
        }
    }
}
