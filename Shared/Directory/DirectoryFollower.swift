import Domain
import Redis
import WireContract

/// Reads the directory on one connection: everything first, then each change; everything again when a number is
/// missing. A new connection needs a new follower, because the server behind it may be another one.
struct DirectoryFollower {
    /// One change, read.
    enum Entry {
        case user(DirectoryUser)
        case squad(Squad)
        case unreadable(String)
    }

    /// What one look at Redis brought.
    enum Step {
        case loaded(users: [[UInt8]], squads: [[UInt8]], version: Int)
        case changed([Entry], version: Int)
        /// There is no directory in this Redis.
        case emptied
        case quiet
    }

    /// How long one read waits for a change. Short, because it also bounds how late an emptied Redis is noticed.
    static let block = Duration.seconds(1)

    let connection: RedisConnection
    private var isLoaded = false
    /// There was nothing to load: the first change is then the beginning of a new directory.
    private var isEmpty = false
    private var version = 0
    private var position = StreamID.zero

    init(connection: RedisConnection) {
        self.connection = connection
    }

    mutating func next() async throws(RedisError) -> Step {
        guard self.isLoaded else { return try await self.load() }
        let entries = try await self.connection.xread(
            RedisNames.directoryChanges, after: self.position, count: 500, block: Self.block)
        guard let last = entries.last else { return try await self.checkCounter() }
        if self.isEmpty { return try await self.load() }
        var changes: [Entry] = []
        for entry in entries {
            guard let number = entry.string("version").flatMap({ Int($0) }), number == self.version + 1 else {
                // A hole: changes were trimmed or the counter began anew.
                return try await self.load()
            }
            self.version = number
            changes.append(Self.read(entry))
        }
        self.position = last.id
        return .changed(changes, version: self.version)
    }

    /// Nothing came. Either nothing happened, or what we read is not what we loaded any more.
    private mutating func checkCounter() async throws(RedisError) -> Step {
        let counter = try await self.connection.send(RedisCommand("GET", RedisArgument(RedisNames.directoryVersion)))
        guard let found = counter.int else {
            self.isEmpty = true
            self.version = 0
            self.position = .zero
            return .emptied
        }
        // A larger one may be a write between our two commands: the next read shows it, or shows the hole.
        if found > self.version, !(try await self.hasUnread()) { return try await self.load() }
        return found < self.version ? try await self.load() : .quiet
    }

    private func hasUnread() async throws(RedisError) -> Bool {
        let unread = try await self.connection.xread(RedisNames.directoryChanges, after: self.position, count: 1)
        return !unread.isEmpty
    }

    /// Everything at one moment: the commands of a transaction run without another client's in between.
    private mutating func load() async throws(RedisError) -> Step {
        let results = try await self.connection.pipeline([
            RedisCommand("MULTI"),
            RedisCommand("HVALS", RedisArgument(RedisNames.directoryUsers)),
            RedisCommand("HVALS", RedisArgument(RedisNames.directorySquads)),
            RedisCommand("GET", RedisArgument(RedisNames.directoryVersion)),
            RedisCommand("XREVRANGE", RedisArgument(RedisNames.directoryChanges), "+", "-", "COUNT", 1),
            RedisCommand("EXEC"),
        ])
        for case .failure(let error) in results { throw error }
        guard case .success(let reply) = results.last, let parts = reply.array, parts.count == 4 else {
            throw .unexpectedReply("the directory could not be read")
        }
        for case .error(let error) in parts { throw .server(error) }
        self.isLoaded = true
        self.isEmpty = parts[2].isNull
        self.version = parts[2].int ?? 0
        self.position = parts[3].array?.first?.array?.first?.string.flatMap { StreamID($0) } ?? .zero
        if self.isEmpty { return .emptied }
        func documents(_ value: RedisValue) -> [[UInt8]] {
            (value.array ?? []).compactMap { $0.buffer.map { Array($0.readableBytesView) } }
        }
        return .loaded(users: documents(parts[0]), squads: documents(parts[1]), version: self.version)
    }

    private static func read(_ entry: StreamEntry) -> Entry {
        let id = entry.string("id") ?? "?"
        guard let buffer = entry["json"] else { return .unreadable("\(id) has no json") }
        let json = buffer.readableBytesView
        do {
            switch entry.string("type") {
            case "user": return .user(try DirectoryDocument.user(json))
            case "squad": return .squad(try DirectoryDocument.squad(json))
            case let type: return .unreadable("\(id) is of the unknown type \(type ?? "-")")
            }
        } catch {
            return .unreadable("\(id): \(error)")
        }
    }
}
