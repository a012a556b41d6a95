public import Domain
public import Logging
import NIOConcurrencyHelpers
public import Redis
public import ServiceLifecycle
import WireContract

/// The directory in this process' memory, kept like Redis' by following its changes.
///
/// Lookups are synchronous and cheap, from any thread. The replica loads everything when it connects and whenever it
/// cannot prove that it has seen every change: numbers with a hole, a counter that went back, a connection that broke.
/// Nobody ever deletes an entry, so what is known here and missing in Redis was lost there: it stays in memory, for users
/// would otherwise lose their rooms in the seconds that integration needs to write it again. ``lost`` names it.
public final class DirectoryReplica: Service, Sendable {
    private struct Memory {
        var state = DirectoryState()
        var version = 0
        var lost: Set<UserID> = []
        var isReady = false
        var loads = 0
        var observers: [@Sendable ([DirectoryChange]) -> Void] = []
        var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
        var nextWaiter = 0
    }

    private let redis: RedisClient
    private let logger: Logger
    private let memory = NIOLockedValueBox(Memory())

    public init(redis: RedisClient, logger: Logger) {
        self.redis = redis
        self.logger = logger
    }

    // MARK: Reading

    /// Whether the directory has been loaded once; false lookups before that mean nothing.
    public var isReady: Bool { self.memory.withLockedValue { $0.isReady } }
    /// The number of the last change seen; 0 before the first and while Redis is empty.
    public var version: Int { self.memory.withLockedValue { $0.version } }
    /// Users who are known here and were missing when Redis was last read as a whole.
    public var lost: Set<UserID> { self.memory.withLockedValue { $0.lost } }
    /// How often everything was loaded.
    var loads: Int { self.memory.withLockedValue { $0.loads } }

    /// Inactive users are found too: check `isActive`.
    public func user(_ id: UserID) -> DirectoryUser? { self.memory.withLockedValue { $0.state.users[id] } }

    /// Users of `squad`, inactive ones too, ordered by id.
    public func users(in squad: SquadID) -> [DirectoryUser] {
        self.memory.withLockedValue { $0.state.users(in: squad) }
    }

    /// Every user, inactive ones too, ordered by id.
    public func users() -> [DirectoryUser] {
        self.memory.withLockedValue { Array($0.state.users.values) }.sorted { $0.userID.rawValue < $1.userID.rawValue }
    }

    public func squad(_ id: SquadID) -> Squad? { self.memory.withLockedValue { $0.state.squads[id] } }

    /// Every squad, ordered by id.
    public func squads() -> [Squad] {
        self.memory.withLockedValue { Array($0.state.squads.values) }
            .sorted { $0.squadID.rawValue < $1.squadID.rawValue }
    }

    /// Users whose user name or callsign is `name`, without regard to case, ordered by id.
    public func users(named name: String) -> [DirectoryUser] {
        self.memory.withLockedValue { $0.state.users(named: name) }
    }

    /// The user of `squad` (of any when nil) with that user name or callsign; a user name goes before a callsign.
    public func user(named name: String, in squad: SquadID? = nil) -> DirectoryUser? {
        let candidates = self.users(named: name).filter { squad == nil || $0.squadID == squad }
        let folded = name.lowercased()
        return candidates.first { $0.username.lowercased() == folded } ?? candidates.first
    }

    /// Calls `body` after each change has become visible to lookups, in order, one call at a time, on the replica's own
    /// task: `body` must return soon. The first load is a change from nothing; a later load is told as its differences.
    public func onChange(_ body: @escaping @Sendable ([DirectoryChange]) -> Void) {
        self.memory.withLockedValue { $0.observers.append(body) }
    }

    /// Returns when the directory has been loaded once.
    ///
    /// - Throws: `CancellationError`
    public func waitUntilReady() async throws {
        let ticket = self.memory.withLockedValue { memory in
            memory.nextWaiter += 1
            return memory.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let answer: Result<Void, any Error>? = self.memory.withLockedValue { memory in
                    if memory.isReady { return .success(()) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    memory.waiting[ticket] = continuation
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            self.memory.withLockedValue { $0.waiting.removeValue(forKey: ticket) }?
                .resume(throwing: CancellationError())
        }
    }

    // MARK: Following

    public func run() async throws {
        let outage = OutageLog("directory not reachable, trying again", logger: self.logger)
        await cancelWhenGracefulShutdown {
            var pause = Duration.milliseconds(50)
            while !Task.isCancelled {
                do {
                    var follower = DirectoryFollower(
                        connection: try await self.redis.dedicated(for: RedisNames.directoryChanges))
                    do {
                        while !Task.isCancelled {
                            self.take(try await follower.next())
                            pause = .milliseconds(50)
                            outage.succeeded()
                        }
                        await follower.connection.close()
                    } catch {
                        await follower.connection.close()
                        throw error
                    }
                } catch is CancellationError {
                    return
                } catch {
                    outage.failed(error)
                    try? await Task.sleep(for: pause)
                    pause = min(pause * 2, .seconds(1))
                }
            }
        }
    }

    private func take(_ step: DirectoryFollower.Step) {
        switch step {
        case .loaded(let users, let squads, let version): self.load(users: users, squads: squads, version: version)
        case .changed(let entries, let version): self.apply(entries, version: version)
        case .emptied:
            let wasFilled = self.memory.withLockedValue { memory in
                defer { memory.version = 0 }
                memory.lost = Set(memory.state.users.keys)
                return memory.version > 0
            }
            if wasFilled {
                self.logger.warning("the directory in Redis is empty; the last known one stays until it is written")
            }
            // A directory that was empty from the start is loaded as what it is.
            if !self.isReady { self.load(users: [], squads: [], version: 0) }
        case .quiet: break
        }
    }

    private func load(users: [[UInt8]], squads: [[UInt8]], version: Int) {
        var problems = 0
        let loadedUsers = users.compactMap { json -> DirectoryUser? in
            do { return try DirectoryDocument.user(json) } catch {
                problems += 1
                return nil
            }
        }
        let loadedSquads = squads.compactMap { json -> Squad? in
            do { return try DirectoryDocument.squad(json) } catch {
                problems += 1
                return nil
            }
        }
        let loaded = DirectoryState(users: loadedUsers, squads: loadedSquads)
        let (changes, observers, waiting) = self.memory.withLockedValue { memory in
            var state = loaded
            memory.lost = state.keep(from: memory.state)
            let changes = state.changes(since: memory.state)
            memory.state = state
            memory.version = version
            memory.isReady = true
            memory.loads += 1
            defer { memory.waiting = [:] }
            return (changes, memory.observers, memory.waiting.values)
        }
        self.logger.info(
            "directory loaded",
            metadata: [
                "users": "\(loadedUsers.count)", "squads": "\(loadedSquads.count)", "version": "\(version)",
                "unreadable": "\(problems)", "lost": "\(self.lost.count)",
            ])
        if !changes.isEmpty { for observer in observers { observer(changes) } }
        for continuation in waiting { continuation.resume() }
    }

    private func apply(_ entries: [DirectoryFollower.Entry], version: Int) {
        let (changes, observers) = self.memory.withLockedValue { memory in
            var changes: [DirectoryChange] = []
            for entry in entries {
                switch entry {
                case .user(let user):
                    memory.lost.remove(user.userID)
                    if let change = memory.state.put(user) { changes.append(change) }
                case .squad(let squad): if let change = memory.state.put(squad) { changes.append(change) }
                case .unreadable: break
                }
            }
            memory.version = version
            return (changes, memory.observers)
        }
        for case .unreadable(let reason) in entries {
            self.logger.warning("unreadable directory entry ignored", metadata: ["reason": "\(reason)"])
        }
        if !changes.isEmpty { for observer in observers { observer(changes) } }
    }
}
