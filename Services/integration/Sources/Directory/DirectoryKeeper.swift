import Directory
import Domain
import FoundationEssentials
import Logging
import NIOConcurrencyHelpers
import Redis
import ServiceLifecycle

/// Makes the directory outlive Redis: writes what is known into a file, and what Redis lost back into Redis. In demo
/// mode the demo squads belong to what is known.
///
/// The file holds a JSON object per line, as `squadctl users import` takes it.
final class DirectoryKeeper: Service, Sendable {
    private struct Memory {
        /// Whether Redis has had everything that we know of once.
        var hasFilled = false
        /// What the file holds; nil before it was read.
        var saved: [DirectoryUser]?
    }

    private let replica: DirectoryReplica
    private let writer: DirectoryWriter
    private let isDemo: Bool
    private let file: URL
    private let logger: Logger
    private let memory = NIOLockedValueBox(Memory())

    init(replica: DirectoryReplica, writer: DirectoryWriter, isDemo: Bool, dataDirectory: String, logger: Logger) {
        self.replica = replica
        self.writer = writer
        self.isDemo = isDemo
        self.file = URL(filePath: dataDirectory + "/integration/directory.jsonl")
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

    /// Fills Redis when it has no directory, or not ours yet; then brings the file up to date.
    func look() async {
        guard self.replica.isReady else { return }
        do {
            // The replica keeps the last known users when Redis is emptied: version 0 tells.
            if !self.hasFilled || self.replica.version == 0 { try await self.fill() }
        } catch {
            self.logger.warning("the directory could not be written", metadata: ["error": "\(error)"])
            return
        }
        self.save()
    }

    private func fill() async throws(RedisError) {
        var users = self.replica.users()
        users += self.memory.withLockedValue { $0.saved } ?? self.load()
        var squads = self.replica.squads()
        if self.isDemo {
            users += DemoDirectory.users
            squads += DemoDirectory.squads
        }
        // Newer versions win in the script, so the order does not matter and nothing is taken back.
        let written = try await self.writer.put(users, squads: squads)
        if !written.isEmpty {
            self.logger.notice("wrote users into the directory", metadata: ["users": "\(written.count)"])
        }
        self.memory.withLockedValue { $0.hasFilled = true }
    }

    private func load() -> [DirectoryUser] {
        let lines = (try? Data(contentsOf: self.file))?.split(separator: UInt8(ascii: "\n")) ?? []
        let users = lines.compactMap { line in try? DirectoryRecord(json: line).user(defaultVersion: 0) }
        self.memory.withLockedValue { $0.saved = users }
        return users
    }

    private func save() {
        // Never over a directory that Redis has just lost, and not before the file was read.
        guard self.hasFilled, self.replica.version > 0 else { return }
        let users = self.replica.users()
        guard !users.isEmpty, users != self.memory.withLockedValue({ $0.saved }) else { return }
        var bytes = Data()
        for user in users {
            bytes.append(contentsOf: DirectoryRecord.json(of: user))
            bytes.append(UInt8(ascii: "\n"))
        }
        do {
            try FileManager.default.createDirectory(
                at: self.file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try bytes.write(to: self.file, options: .atomic)
            self.memory.withLockedValue { $0.saved = users }
        } catch {
            self.logger.error(
                "the directory's backup could not be written",
                metadata: ["file": "\(self.file.path)", "error": "\(error)"])
        }
    }
}
