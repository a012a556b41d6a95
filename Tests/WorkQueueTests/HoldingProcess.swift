import Foundation
import Logging
import NIOConcurrencyHelpers
import Redis
import ServiceLifecycle

@testable import WorkQueue

/// One process that holds partitions and notes them.
final class HoldingProcess: Sendable {
    let redis: RedisClient
    let leases: PartitionLeases
    let taken = NIOLockedValueBox<[PartitionLease]>([])
    private let task: Task<Void, any Error>
    private let trigger: @Sendable () async -> Void

    static let names = PartitionNames(
        count: 16, state: { "t:{p\($0)}:state" }, entries: { "t:{p\($0)}:entries" }, processes: "t:processes")

    init(
        _ url: String, name: String, hold: (@Sendable (PartitionLease, RedisClient) async -> Void)? = nil
    ) throws {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let redis = RedisClient(try RedisConfiguration(url: url), logger: quiet)
        let leases = PartitionLeases(process: name, names: Self.names, redis: redis, logger: quiet) {
            [taken] lease in
            taken.withLockedValue { $0.append(lease) }
            if let hold { await hold(lease, redis) }
            while lease.isWanted { try? await Task.sleep(for: .milliseconds(10)) }
        }
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: redis), .init(service: leases)], logger: quiet))
        self.redis = redis
        self.leases = leases
        self.task = Task { try await group.run() }
        self.trigger = { await group.triggerGracefulShutdown() }
    }

    func stop() async {
        await self.trigger()
        _ = try? await self.task.value
    }
}
