import NIOConcurrencyHelpers
public import Redis
public import ServiceLifecycle
public import ServiceRuntime
import WireContract

/// The number of partitions that all services agree on. With another number, commands and events would go where nobody
/// looks for the room: then this process ends instead.
public final class PartitionAgreement: Service, Sendable {
    private let redis: RedisClient
    private let partitions: Int
    private let agreed = NIOLockedValueBox(false)

    public init(redis: RedisClient, partitions: Int) {
        self.redis = redis
        self.partitions = partitions
    }

    /// Whether Redis has said once that the number is ours.
    public var isReached: Bool { self.agreed.withLockedValue { $0 } }

    /// What `/readyz` says until then.
    public var readiness: ReadinessCheck {
        ReadinessCheck(name: "partitions") { self.isReached ? nil : "not agreed on yet" }
    }

    /// `service`, started once the number is agreed on: for what must not touch a partition before.
    public func gate(_ service: any Service) -> any Service { GatedByAgreement(agreement: self, service: service) }

    /// - Throws: `StartError` when this Redis was begun with another number.
    public func run() async throws {
        try await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Checked again for as long as we live: an emptied Redis is agreed on anew.
                if let found = try? await self.found() {
                    guard found == self.partitions else {
                        throw StartError(
                            "CHAT_PARTITIONS is \(self.partitions) here, but this Redis was begun with \(found)")
                    }
                    self.agreed.withLockedValue { $0 = true }
                }
                try? await Task.sleep(for: self.isReached ? .seconds(10) : .milliseconds(200))
            }
        }
    }

    private func found() async throws(RedisError) -> Int? {
        let key = RedisArgument(RedisNames.partitions)
        // Looked at first: a Redis that is full takes no SET, and needs none.
        if let found = try await self.redis.send(RedisCommand("GET", key)).int { return found }
        _ = try await self.redis.send(RedisCommand("SET", key, RedisArgument(self.partitions), "NX"))
        return try await self.redis.send(RedisCommand("GET", key)).int
    }
}

/// A service that begins when the number of partitions is agreed on, and never when it is not.
private struct GatedByAgreement: Service {
    let agreement: PartitionAgreement
    let service: any Service

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !self.agreement.isReached, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(20)) }
        }
        guard self.agreement.isReached else { return }
        try await self.service.run()
    }
}
