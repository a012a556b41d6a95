import Domain
import Redis
import WireContract
import WorkQueue

/// Who has a page open, as the gateways tell it.
struct Presence: Sendable {
    let redis: RedisClient
    let faults: KeyFaults

    /// - Returns: Those of `users` who have a socket at a living gateway.
    func online(among users: [UserID]) async throws(RedisError) -> Set<UserID> {
        guard !users.isEmpty else { return [] }
        let users = Set(users)
        let commands =
            [RedisCommand("TIME"), RedisCommand("ZRANGE", RedisArgument(RedisNames.gateways), 0, -1, "WITHSCORES")]
            + users.map { RedisCommand("HKEYS", RedisArgument(RedisNames.sockets(user: $0.rawValue))) }
        let replies = try await self.redis.pipeline(commands)
        guard replies.count == commands.count, let time = try replies[0].get().array,
            let seconds = time.first?.string.flatMap({ Int($0) })
        else { throw .unexpectedReply("TIME") }
        let oldest = seconds * 1_000 - Liveness.gatewayTimeout.wholeMilliseconds
        let beats = (try replies[1].get().array ?? []).compactMap(\.string)
        let gateways = Set(
            stride(from: 0, to: beats.count - 1, by: 2).filter { (Double(beats[$0 + 1]) ?? 0) >= Double(oldest) }
                .map { beats[$0] })
        var online: Set<UserID> = []
        for (user, reply) in zip(users, replies.dropFirst(2)) {
            // Who cannot be looked up counts as away: told twice rather than not at all, and nobody else waits.
            let found = try self.faults.value(of: reply, RedisNames.sockets(user: user.rawValue))
            let sockets = (found?.array ?? []).compactMap(\.string)
            let isOnline = sockets.contains { socket in
                socket.lastIndex(of: "/").map { gateways.contains(String(socket[..<$0])) } ?? false
            }
            if isOnline { online.insert(user) }
        }
        return online
    }
}
