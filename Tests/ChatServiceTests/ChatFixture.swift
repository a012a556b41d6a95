import Domain
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Redis
import ServiceLifecycle
import TestSupport
import WireContract
import WorkQueue

@testable import ChatService

/// A directory that a test changes at will.
final class FakeDirectory: Sendable {
    private let users = NIOLockedValueBox<[UserID: DirectoryUser]>([:])
    let changes = DirectoryChanges()

    init() throws {
        for person in People.all {
            try self.put(person.userID, Role(rawValue: person.role) ?? .observer, squad: person.squadID)
        }
    }

    func put(_ id: String, _ role: Role, squad: String, version: Int = 1) throws {
        let user = try DirectoryUser(
            userID: UserID(id), username: id, callsign: id.uppercased(), squadID: SquadID(squad), role: role,
            rank: "Rank", version: version)
        let before = self.users.withLockedValue { $0.updateValue(user, forKey: user.userID) }
        self.changes.take([.user(before: before, after: user)])
    }

    var directory: ChatDirectory {
        ChatDirectory(
            user: { id in self.users.withLockedValue { $0[id] } },
            hasSquad: { squad in self.users.withLockedValue { $0.values.contains { $0.squadID == squad } } })
    }
}

/// One chat process inside a test: leases, readers, archivers, with a Redis of the test's own.
final class ChatProcess: Sendable {
    let redis: RedisClient
    let leases: PartitionLeases
    let archive: SQLiteArchive
    let files: DailyFiles
    let fileHealth: DailyFileHealth
    private let task: Task<Void, any Error>
    private let trigger: @Sendable () async -> Void

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init(
        _ url: String, folder: String, directory: FakeDirectory, limits: ChatLimits,
        timing: PartitionLeases.Timing = .init(), logger: Logger = ChatProcess.quiet,
        asking: (SQLiteArchive) -> any MessageArchive & DailyFileLedger = { $0 }
    ) async throws {
        let redis = RedisClient(try RedisConfiguration(url: url), logger: logger)
        let archive = try SQLiteArchive(url: "sqlite:\(folder)/chat.sqlite", synchronous: .normal, logger: logger)
        let files = DailyFiles(folder: "\(folder)/archive")
        let fileHealth = DailyFileHealth()
        let identity = ArchiveIdentity(
            identity: try await archive.prepare(
                partitions: limits.partitions, newIdentity: PartitionLease.randomToken()),
            partitions: limits.partitions)
        let names = PartitionNames(
            count: limits.partitions, state: RedisNames.state, entries: RedisNames.commands,
            processes: RedisNames.chats)
        let holder = PartitionHolder(
            names: names, redis: redis, directory: directory.directory, changes: directory.changes,
            archive: asking(archive),
            files: files, fileHealth: fileHealth, identity: identity, limits: limits, logger: logger)
        let leases = PartitionLeases(
            process: PartitionLease.randomToken(), names: names, redis: redis, timing: timing, logger: logger
        ) { await holder.hold($0) }
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: redis), .init(service: leases)], logger: logger))
        self.redis = redis
        self.leases = leases
        self.archive = archive
        self.files = files
        self.fileHealth = fileHealth
        self.task = Task { try await group.run() }
        self.trigger = { await group.triggerGracefulShutdown() }
    }

    /// As by SIGTERM; returns when everything has ended.
    func stop() async {
        await self.trigger()
        _ = try? await self.task.value
    }
}

extension MessageArchive {
    /// The highest seq the archive holds of a room.
    func highestSequence(of room: String) async throws -> Int {
        try await self.page(of: room, before: nil, limit: 0).through
    }
}
