import Directory
import Domain
import NIOCore
import Redis
import WireContract

/// What chat asks of the directory: who a user is, and whether a squad exists.
struct ChatDirectory: Sendable {
    /// From memory.
    let user: @Sendable (UserID) -> DirectoryUser?
    /// From memory.
    let hasSquad: @Sendable (SquadID) -> Bool
    /// From Redis, for a user who was written a moment ago.
    let newUser: @Sendable (UserID) async -> DirectoryUser?

    init(
        user: @escaping @Sendable (UserID) -> DirectoryUser?, hasSquad: @escaping @Sendable (SquadID) -> Bool,
        newUser: @escaping @Sendable (UserID) async -> DirectoryUser? = { _ in nil }
    ) {
        self.user = user
        self.hasSquad = hasSquad
        self.newUser = newUser
    }

    init(_ replica: DirectoryReplica, redis: RedisClient) {
        self.init(
            user: { replica.user($0) },
            hasSquad: { replica.squad($0) != nil || !replica.users(in: $0).isEmpty },
            newUser: { id in
                let command = RedisCommand(
                    "HGET", RedisArgument(RedisNames.directoryUsers), RedisArgument(id.rawValue))
                guard let json = try? await redis.send(command).buffer else { return nil }
                return try? DirectoryRecord(json: json.readableBytesView).user(defaultVersion: 0)
            })
    }
}

extension ChatDirectory {
    /// Whether there is a room: that of a squad exists as long as the squad does.
    ///
    /// - Parameter user: A member of the squad proves it by being one.
    func has(_ room: Room, besides user: DirectoryUser? = nil) -> Bool {
        switch room.record.kind {
        case .squad: room.record.squadID.map { user?.squadID == $0 || self.hasSquad($0) } ?? false
        }
    }
}
