import Logging
import NIOCore
import Redis
import WireContract

/// Tells the suite which sockets are open: the gateway by a heartbeat, each socket in its user's hash. Sockets of a
/// gateway that has stopped beating do not count. Confined to its event loop.
final class SocketRegistry {
    private static let deadAfterMilliseconds = Liveness.gatewayTimeout.wholeMilliseconds

    private let gateway: String
    private let redis: RedisClient
    private let eventLoop: any EventLoop
    private let maximumConnections: Int
    /// Who lives, once that can be known: every gateway beats again at its reconnect, at the latest with its next beat.
    private var liveGateways: [String]?
    private var isCompleteFrom = NIODeadline.now() + SocketRegistry.beatsWithin
    private static let beatsWithin = TimeAmount(Liveness.gatewayBeat) + .seconds(2)

    /// Sockets that are closed and that Redis has not said to have forgotten: socket → user. Each is told again with
    /// every beat, because nobody else would, and a socket of a gateway that lives counts as open for ever.
    private var closed: [String: String] = [:]

    /// - Parameters:
    ///   - gateway: The name under which this loop's sockets stand.
    ///   - maximumConnections: Sockets per user; 0 for no cap.
    init(gateway: String, redis: RedisClient, eventLoop: any EventLoop, maximumConnections: Int) {
        self.gateway = gateway
        self.redis = redis
        self.eventLoop = eventLoop
        self.maximumConnections = maximumConnections
    }

    var knowsWhoLives: Bool { self.liveGateways != nil }

    func beat() {
        let beat = Heartbeat(gateway: self.gateway, deadAfterMilliseconds: Self.deadAfterMilliseconds)
        self.redis.current?.evaluate([beat.call]).hop(to: self.eventLoop).assumeIsolated().whenSuccess { results in
            guard case .success(let value)? = results.first, NIODeadline.now() >= self.isCompleteFrom else { return }
            self.liveGateways = (value.array ?? []).compactMap(\.string)
        }
        self.forget(self.closed)
    }

    /// Redis was away, or is another one: whom it does not name may live all the same.
    func reconnected() {
        self.liveGateways = nil
        self.isCompleteFrom = .now() + Self.beatsWithin
        self.beat()
    }

    /// Registers a socket; above the cap the oldest of its user are closed, on whichever gateway they are.
    func opened(_ sessions: [ClientSession]) {
        guard !sessions.isEmpty else { return }
        let live = Set((self.liveGateways ?? []) + [self.gateway])
        // While it is not known who lives, nobody's sockets are forgotten.
        let deadAfter = self.liveGateways == nil ? Int.max >> 11 : Self.deadAfterMilliseconds
        let calls = sessions.map { session in
            RegisterSocket(
                user: session.user, socket: "\(self.gateway)/\(session.id)", cap: self.maximumConnections,
                deadAfterMilliseconds: deadAfter, liveGateways: live
            ).call
        }
        // Without Redis now: all sockets are registered again at the reconnect.
        _ = self.redis.current?.evaluate(calls)
    }

    func closed(_ session: ClientSession) {
        self.closed[session.id] = session.user
        self.forget([session.id: session.user])
    }

    private func forget(_ sockets: [String: String]) {
        guard !sockets.isEmpty, let connection = self.redis.current else { return }
        let ids = Array(sockets.keys)
        let commands = sockets.map { id, user in
            RedisCommand(
                "HDEL", RedisArgument(RedisNames.sockets(user: user)), RedisArgument("\(self.gateway)/\(id)"))
        }
        connection.pipeline(commands).hop(to: self.eventLoop).assumeIsolated().whenSuccess { replies in
            for (id, reply) in zip(ids, replies) {
                if case .success = reply { self.closed[id] = nil }
            }
        }
    }

    /// Takes the gateway off the list: its sockets are gone, and everybody may know at once.
    func end() -> EventLoopFuture<Void> {
        guard let connection = self.redis.current else { return self.eventLoop.makeSucceededVoidFuture() }
        let command = RedisCommand("ZREM", RedisArgument(RedisNames.gateways), RedisArgument(self.gateway))
        return connection.send(command).hop(to: self.eventLoop).map { _ in }.recover { _ in }
    }
}
