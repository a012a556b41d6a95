public import Domain
public import Redis
import WireContract

/// Writes users and squads. Of two versions of one user the newer stays, whoever writes last, so that repeats and
/// writers that overtake each other are harmless. Readers are told in the same step.
public struct DirectoryWriter: Sendable {
    /// About how many changes readers may lag behind before they must load everything again.
    static let keptChanges = 10_000
    /// Users in one script: large enough to be quick, small enough not to hold Redis up for long.
    static let batchSize = 250

    private static let putEntries = RedisScript(name: "put_entries", source: PackageResources.put_entries_lua)

    private let redis: RedisClient

    public init(redis: RedisClient) {
        self.redis = redis
    }

    /// Writes `users`, and their squads where those are not there yet. Users of one call that fit in one batch of 250
    /// appear in one step.
    ///
    /// - Parameters:
    ///   - users: In the order in which they are to be written.
    ///   - squads: Names of squads, for those that are not there yet. A squad that is there keeps its name.
    /// - Returns: The users that were written; the others were there in a version as new or newer.
    @discardableResult
    public func put(_ users: [DirectoryUser], squads: [Squad] = []) async throws(RedisError) -> [UserID] {
        var named = Dictionary(squads.map { ($0.squadID, $0) }, uniquingKeysWith: { first, _ in first })
        for user in users where named[user.squadID] == nil {
            named[user.squadID] = Squad(squadID: user.squadID, name: DirectoryDocument.name(of: user.squadID))
        }
        var written: [UserID] = []
        var start = 0
        var unwritten = named
        repeat {
            let batch = users[start..<min(start + Self.batchSize, users.count)]
            start += Self.batchSize
            var wanted = batch.compactMap { unwritten.removeValue(forKey: $0.squadID) }
            if start >= users.count {
                wanted += unwritten.values
                unwritten = [:]
            }
            let flags = try await self.put(batch: Array(batch), squads: wanted)
            written += zip(batch, flags).filter { $0.1 == 1 }.map { $0.0.userID }
        } while start < users.count
        return written
    }

    /// Changes one user without undoing what somebody else writes in the same moment: `change` is asked again when the
    /// entry is another one by then.
    ///
    /// - Parameter change: What the user is to be, by the entry that is there; nil to leave it. Of a version as old or
    ///   older nothing is written.
    /// - Returns: The entry that is there afterwards; nil when there is none.
    public func update(
        _ userID: UserID, _ change: (DirectoryUser?) throws -> DirectoryUser?
    ) async throws -> DirectoryUser? {
        let read = RedisCommand("HGET", RedisArgument(RedisNames.directoryUsers), RedisArgument(userID.rawValue))
        for _ in 1...Self.attempts {
            let json = try await self.redis.send(read).buffer.map { Array($0.readableBytesView) } ?? []
            let present = try? DirectoryDocument.user(json)
            guard let user = try change(present), user.version > present?.version ?? -1 else { return present }
            let squad = Squad(squadID: user.squadID, name: DirectoryDocument.name(of: user.squadID))
            switch try await self.put(batch: [user], squads: [squad], over: json).first {
            case 1: return user
            case 0: return present
            default: continue
            }
        }
        throw RedisError.unexpectedReply("the directory's entry of \(userID) changes all the time")
    }

    /// How often ``update(_:_:)`` is overtaken before it gives up.
    private static let attempts = 20

    /// - Parameter present: What must be there for a user to be written, empty for nothing; nil for whatever is there.
    /// - Returns: The script's answer for each user.
    private func put(
        batch users: [DirectoryUser], squads: [Squad], over present: [UInt8]? = nil
    ) async throws(RedisError) -> [Int] {
        guard !users.isEmpty || !squads.isEmpty else { return [] }
        var arguments: [RedisArgument] = [RedisArgument(Self.keptChanges)]
        for squad in squads {
            arguments += ["squad", RedisArgument(squad.squadID.rawValue), 0]
            arguments += [RedisArgument(DirectoryDocument.encode(squad)), "*"]
        }
        for user in users {
            arguments += ["user", RedisArgument(user.userID.rawValue), RedisArgument(user.version)]
            arguments.append(RedisArgument(DirectoryDocument.encode(user)))
            arguments.append(present.map { RedisArgument($0) } ?? "*")
        }
        let reply = try await self.redis.evaluate(
            Self.putEntries,
            keys: [
                RedisNames.directoryUsers, RedisNames.directorySquads, RedisNames.directoryVersion,
                RedisNames.directoryChanges,
            ], arguments: arguments)
        guard let flags = reply.array, flags.count == users.count + squads.count else {
            throw .unexpectedReply("put_entries answered \(reply)")
        }
        return flags.dropFirst(squads.count).map { $0.int ?? 0 }
    }
}
