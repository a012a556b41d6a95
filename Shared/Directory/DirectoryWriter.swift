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
            written += try await self.put(batch: Array(batch), squads: wanted)
        } while start < users.count
        return written
    }

    private func put(batch users: [DirectoryUser], squads: [Squad]) async throws(RedisError) -> [UserID] {
        guard !users.isEmpty || !squads.isEmpty else { return [] }
        var arguments: [RedisArgument] = [RedisArgument(Self.keptChanges)]
        for squad in squads {
            arguments += ["squad", RedisArgument(squad.squadID.rawValue), 0]
            arguments.append(RedisArgument(DirectoryDocument.encode(squad)))
        }
        for user in users {
            arguments += ["user", RedisArgument(user.userID.rawValue), RedisArgument(user.version)]
            arguments.append(RedisArgument(DirectoryDocument.encode(user)))
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
        return zip(users, flags.dropFirst(squads.count)).filter { $0.1.int == 1 }.map { $0.0.userID }
    }
}
