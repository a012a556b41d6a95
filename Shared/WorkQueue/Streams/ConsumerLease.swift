import Logging
import NIOConcurrencyHelpers
public import Redis

/// The right to consume a stream in order, held by one process at a time.
///
/// A consumer group alone gives each entry to one process, but two processes of a group work side by side, and then
/// nobody knows which entry has its effect first. The lease ends by itself when its holder dies. It is a courtesy, not
/// a fence: a holder that was frozen may finish the one entry it had in hand, so effects must be harmless to repeat.
public final class ConsumerLease: Sendable {
    static let holdScript = RedisScript(
        name: "hold_consumer_lease", source: PackageResources.hold_consumer_lease_lua)
    static let releaseScript = RedisScript(
        name: "release_consumer_lease", source: PackageResources.release_consumer_lease_lua)

    private let redis: RedisClient
    private let key: String
    private let token: String
    /// How long the lease lives without being renewed.
    public let lifetime: Duration
    private let heldUntil = NIOLockedValueBox<ContinuousClock.Instant?>(nil)

    /// - Parameters:
    ///   - key: The Redis key of the lease; nothing else may use it.
    ///   - lifetime: How long a dead holder blocks the others; renewed at a third of it.
    public init(redis: RedisClient, key: String, lifetime: Duration = .seconds(3)) {
        self.redis = redis
        self.key = key
        self.lifetime = lifetime
        var random = SystemRandomNumberGenerator()
        self.token = String(random.next(), radix: 16) + String(random.next(), radix: 16)
    }

    /// Whether the lease is ours by this process' own clock.
    public var isHeld: Bool {
        self.heldUntil.withLockedValue { until in until.map { ContinuousClock.now < $0 } ?? false }
    }

    /// Takes or renews the lease.
    ///
    /// - Returns: Whether it is held now.
    public func hold() async throws(RedisError) -> Bool {
        // Counted from before the command: the server cannot have begun earlier.
        let asked = ContinuousClock.now
        let reply = try await self.redis.evaluate(
            Self.holdScript, keys: [self.key],
            arguments: [RedisArgument(self.token), RedisArgument(self.lifetime.wholeMilliseconds)])
        let held = reply.int == 1
        self.heldUntil.withLockedValue { $0 = held ? asked + self.lifetime : nil }
        return held
    }

    /// Gives the lease up, so that another process need not wait for its end.
    public func release() async {
        let wasHeld = self.heldUntil.withLockedValue { until in
            defer { until = nil }
            return until != nil
        }
        guard wasHeld else { return }
        // Without Redis the lease ends by itself.
        _ = try? await self.redis.evaluate(
            Self.releaseScript, keys: [self.key], arguments: [RedisArgument(self.token)])
    }
}
