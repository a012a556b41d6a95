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

    private let redis: RedisClient
    private let eventLoop: any EventLoop
    private let directory: DirectoryReplica
    private let sessionSeconds: Int
    private var queue: [ClientSession] = []
    private var perSecond = 0
    private var secondsLeft = 0

    /// - Parameter sessionSeconds: How long a session lasts without use.
    init(redis: RedisClient, eventLoop: any EventLoop, directory: DirectoryReplica, sessionSeconds: Int) {
        self.redis = redis
        self.eventLoop = eventLoop
        self.directory = directory
        self.sessionSeconds = sessionSeconds
    }

    /// Called every second.
    ///
    /// - Parameter all: Every socket; asked for at the begin of a round.
    func tick(_ all: () -> [ClientSession]) {
        if self.secondsLeft == 0 {
            self.secondsLeft = Self.round
            self.queue = all()
            self.perSecond = self.queue.count / Self.round + 1
        }
        self.secondsLeft -= 1
        guard !self.queue.isEmpty else { return }
        let part = Array(self.queue.suffix(self.perSecond))
        self.queue.removeLast(part.count)
        self.check(part)
    }

    private func isRetired(_ session: ClientSession) -> Bool {
        guard self.directory.isReady, let user = try? UserID(session.user) else { return false }
        return self.directory.user(user)?.isActive == false
    }

    /// Looks at these sockets at once.
    func check(_ sessions: [ClientSession]) {
        guard let connection = self.redis.current else { return }
        for session in sessions where self.isRetired(session) {
            session.link.close(4401, reason: "the account has ended")
        }
        let open = sessions.filter { $0.link.isOpen }
        for start in stride(from: 0, to: open.count, by: Self.batch) {
            let part = Array(open[start..<min(start + Self.batch, open.count)])
            let commands = part.map {
                RedisCommand(
                    "EXPIRE", RedisArgument(RedisNames.session(user: $0.user, session: $0.sessionID)),
                    RedisArgument(self.sessionSeconds))
            }
            connection.pipeline(commands).hop(to: self.eventLoop).assumeIsolated().whenSuccess { results in
                for (session, result) in zip(part, results) {
                    // An error is not an answer: while Redis is away sockets stay.
                    guard case .success(let value) = result, value.int == 0 else { continue }
                    session.link.close(4401, reason: "the session has ended")
                }
            }
        }
    }
}
