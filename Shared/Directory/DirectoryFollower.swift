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

    /// Everything, in parts: a reply with all of it may be too long. What changes meanwhile is read after it, so that what
    /// comes out is the directory of one moment.
    private mutating func load() async throws(RedisError) -> Step {
        while true {
            try await self.noteStand()
            if self.isEmpty { return .emptied }
            var users = try await self.documents(RedisNames.directoryUsers)
            var squads = try await self.documents(RedisNames.directorySquads)
            if try await self.catchUp(&users, &squads) {
                return .loaded(users: Array(users.values), squads: Array(squads.values), version: self.version)
            }
        }
    }

    /// Notes where the changes stand.
    private mutating func noteStand() async throws(RedisError) {
        let results = try await self.connection.pipeline([
            RedisCommand("MULTI"),
            RedisCommand("GET", RedisArgument(RedisNames.directoryVersion)),
            RedisCommand("XREVRANGE", RedisArgument(RedisNames.directoryChanges), "+", "-", "COUNT", 1),
            RedisCommand("EXEC"),
        ])
        for case .failure(let error) in results { throw error }
        guard case .success(let reply) = results.last, let parts = reply.array, parts.count == 2 else {
            throw .unexpectedReply("the directory could not be read")
        }
        for case .error(let error) in parts { throw .server(error) }
        self.isLoaded = true
        self.isEmpty = parts[0].isNull
        self.version = parts[0].int ?? 0
        self.position = parts[1].array?.first?.array?.first?.string.flatMap { StreamID($0) } ?? .zero
    }

    private func documents(_ key: String) async throws(RedisError) -> [String: [UInt8]] {
        var documents: [String: [UInt8]] = [:]
        var cursor: String? = "0"
        while let position = cursor {
            let part = try await self.connection.hscan(key, from: position)
            for (id, json) in part.fields { documents[id] = json.buffer.map { Array($0.readableBytesView) } }
            cursor = part.next
        }
        return documents
    }

    /// Lays over `users` and `squads` what was changed since then.
    ///
    /// - Returns: Whether nothing is missing; otherwise everything must be read again.
    private mutating func catchUp(
        _ users: inout [String: [UInt8]], _ squads: inout [String: [UInt8]]
    ) async throws(RedisError) -> Bool {
        while true {
            let entries = try await self.connection.xread(
                RedisNames.directoryChanges, after: self.position, count: 500)
            for entry in entries {
                guard let number = entry.string("version").flatMap({ Int($0) }), number == self.version + 1 else {
                    return false
                }
                self.version = number
                self.position = entry.id
                guard let id = entry.string("id"), let json = entry["json"] else { continue }
                switch entry.string("type") {
                case "user": users[id] = Array(json.readableBytesView)
                case "squad": squads[id] = Array(json.readableBytesView)
                default: break
                }
            }
            guard entries.isEmpty else { continue }
            let counter = try await self.connection.send(
                RedisCommand("GET", RedisArgument(RedisNames.directoryVersion)))
            return counter.int ?? -1 >= self.version
        }
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
