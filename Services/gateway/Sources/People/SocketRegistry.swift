import Logging
import NIOCore
import Redis
import WireContract

/// Tells the suite which sockets are open: the gateway by a heartbeat, each socket in its user's hash. Sockets of a
/// gateway that has stopped beating do not count. Confined to its event loop.
final class SocketRegistry {
    private static let heartbeat = RedisScript(name: "heartbeat", source: PackageResources.heartbeat_lua)
    private static let register = RedisScript(name: "register_socket", source: PackageResources.register_socket_lua)
    /// Milliseconds of silence after which a gateway is dead.
    private static let deadAfter = 15_000

    private let gateway: String
    private let redis: RedisClient
    private let eventLoop: any EventLoop
    private let maximumConnections: Int
    /// Who lives, once that can be known: every gateway beats within 5 s of its own reconnect.
    private var liveGateways: [String]?
    private var isCompleteFrom = NIODeadline.now() + SocketRegistry.beatsWithin
    private static let beatsWithin = TimeAmount.seconds(7)

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
        let call = RedisScript.Call(
            Self.heartbeat, keys: [RedisNames.gateways],
            arguments: [RedisArgument(self.gateway), RedisArgument(Self.deadAfter)])
        self.redis.current?.evaluate([call]).hop(to: self.eventLoop).assumeIsolated().whenSuccess { results in
            guard case .success(let value)? = results.first, NIODeadline.now() >= self.isCompleteFrom else { return }
            self.liveGateways = (value.array ?? []).compactMap(\.string)
        }
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
        let deadAfter = self.liveGateways == nil ? Int.max >> 11 : Self.deadAfter
        let calls = sessions.map { session in
            RedisScript.Call(
                Self.register,
                keys: [
                    RedisNames.sockets(user: session.user), RedisNames.personal(user: session.user),
                    RedisNames.inbox(user: session.user),
                ],
                arguments: [
                    RedisArgument("\(self.gateway)/\(session.id)"),
                    RedisArgument(self.maximumConnections), RedisArgument(deadAfter),
                ] + live.map { RedisArgument($0) })
        }
        // Without Redis now: all sockets are registered again at the reconnect.
        _ = self.redis.current?.evaluate(calls)
    }

    func closed(_ session: ClientSession) {
        let command = RedisCommand(
            "HDEL", RedisArgument(RedisNames.sockets(user: session.user)),
            RedisArgument("\(self.gateway)/\(session.id)"))
        _ = self.redis.current?.send(command)
    }

    /// Takes the gateway off the list: its sockets are gone, and everybody may know at once.
    func end() -> EventLoopFuture<Void> {
        guard let connection = self.redis.current else { return self.eventLoop.makeSucceededVoidFuture() }
        let command = RedisCommand("ZREM", RedisArgument(RedisNames.gateways), RedisArgument(self.gateway))
        return connection.send(command).hop(to: self.eventLoop).map { _ in }.recover { _ in }
    }
}
