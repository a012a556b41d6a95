import Domain
import Redis
import TestSupport
import Testing
import WireContract

@testable import NotifierService

/// The notifier's own script where a key that a script did not name is refused.
struct ClusterTests {
    @Test("in a cluster a notification is given once, to users on either master")
    func realTime() async throws {
        let cluster = try await RedisCluster.start()
        defer { cluster.stop() }
        let planner = NotificationPlanner(roster: try SampleRoster.demo(), fresh: .seconds(300))
        let told = try planner.notifications(for: sampleEvent("@squad"), now: 1_000_500)
        var slots: Set<Bool> = []
        for notification in told {
            let inbox = RedisNames.inbox(user: notification.user.rawValue)
            slots.insert(try cluster.slot(of: inbox) < 8_192)
            let redis = RedisClient(
                try RedisConfiguration(url: try cluster.master(of: inbox).url), logger: .init(label: "test"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await redis.run() }
                for _ in 0..<2 {
                    let errors = await RealTimeProvider(redis: redis).deliver([notification])
                    #expect(errors == [nil])
                }
                let length = try await redis.xlen(inbox)
                #expect(length == 1)
                group.cancelAll()
            }
        }
        #expect(slots.count == 2, "one user on each master")
    }
}
