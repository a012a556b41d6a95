import Directory
import Domain
import NIOCore
import Redis
import WireContract

/// Closes sockets whose signed-in session or whose account has ended, and keeps the others' sessions alive: an open
/// socket is use. A revoked session is told at once on the user's channel; this is for whatever was missed. Confined to
/// its event loop.
final class SessionWatch {
    /// Seconds within which every socket is looked at once.
    private static let round = 60
    private static let batch = 500

    private unowned let hub: SessionHub
    private var queue: [ClientSession] = []
    private var perSecond = 0
    private var secondsLeft = 0

    init(hub: SessionHub) {
        self.hub = hub
    }

    /// Called every second.
    func tick() {
        if self.secondsLeft == 0 {
            self.secondsLeft = Self.round
            self.queue = self.hub.allSessions
            self.perSecond = self.queue.count / Self.round + 1
        }
        self.secondsLeft -= 1
        guard !self.queue.isEmpty else { return }
        let part = Array(self.queue.suffix(self.perSecond))
        self.queue.removeLast(part.count)
        self.check(part)
    }

    func checkAll() {
        self.check(self.hub.allSessions)
    }

    private func isRetired(_ session: ClientSession) -> Bool {
        guard self.hub.directory.isReady, let user = try? UserID(session.user) else { return false }
        return self.hub.directory.user(user)?.isActive == false
    }

    private func check(_ sessions: [ClientSession]) {
        guard let connection = self.hub.redis.current else { return }
        for session in sessions where self.isRetired(session) {
            session.connection.close(4401, reason: "the account has ended")
        }
        let open = sessions.filter { $0.connection.isOpen }
        for start in stride(from: 0, to: open.count, by: Self.batch) {
            let part = Array(open[start..<min(start + Self.batch, open.count)])
            let commands = part.map {
                RedisCommand(
                    "EXPIRE", RedisArgument(RedisNames.session(user: $0.user, session: $0.sessionID)),
                    RedisArgument(self.hub.settings.sessionSeconds))
            }
            connection.pipeline(commands).hop(to: self.hub.eventLoop).assumeIsolated().whenSuccess { results in
                for (session, result) in zip(part, results) {
                    // An error is not an answer: while Redis is away sockets stay.
                    guard case .success(let value) = result, value.int == 0 else { continue }
                    session.connection.close(4401, reason: "the session has ended")
                }
            }
        }
    }
}
