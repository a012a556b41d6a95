import Domain
import Redis
import WireContract

/// Who has a page open, as the gateways tell it.
struct Presence: Sendable {
    let redis: RedisClient

    /// - Returns: Those of `users` who have a socket at a living gateway.
    func online(among users: [UserID]) async throws(RedisError) -> Set<UserID> {
        guard !users.isEmpty else { return [] }
        let time = try await self.redis.send(RedisCommand("TIME")).array ?? []
        guard let seconds = time.first?.string.flatMap({ Int($0) }) else { throw .unexpectedReply("TIME") }
        let oldest = seconds * 1_000 - Liveness.gatewayTimeout.wholeMilliseconds
        var commands = [
            RedisCommand(
                "ZRANGEBYSCORE", RedisArgument(RedisNames.gateways), RedisArgument(oldest), "+inf")
        ]
        commands += users.map { RedisCommand("HKEYS", RedisArgument(RedisNames.sockets(user: $0.rawValue))) }
        let replies = try await self.redis.pipeline(commands)
        guard let first = replies.first else { throw .unexpectedReply("presence") }
        let gateways = Set((try first.get().array ?? []).compactMap(\.string))
        var online: Set<UserID> = []
        for (user, reply) in zip(users, replies.dropFirst()) {
            let sockets = (try reply.get().array ?? []).compactMap(\.string)
            let isOnline = sockets.contains { socket in
                socket.lastIndex(of: "/").map { gateways.contains(String(socket[..<$0])) } ?? false
            }
            if isOnline { online.insert(user) }
        }
        return online
    }
}
