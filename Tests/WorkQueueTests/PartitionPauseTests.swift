import Logging
import NIOConcurrencyHelpers
import Redis
import TestSupport
import Testing

@testable import WorkQueue

@Suite(.timeLimit(.minutes(2)))
struct PartitionPauseTests {
    /// Never applies anything; `answer` makes the script's answer from the number of the try.
    private struct Unable: WritesOnly {
        static let script = RedisScript(
            name: "unable",
            source: """
                #!lua
                if ARGV[1] == '' then return redis.error_reply('NOPERM this user may not') end
                return {'missing', ARGV[1]}
                """)
        let answer: @Sendable (Int) -> String
        let tries = NIOLockedValueBox<[ContinuousClock.Instant]>([])

        func open(
            _ fence: PartitionFence, reached: StreamID, _ connection: RedisConnection
        ) async throws -> StreamID { .zero }

        func calls(
            for writes: [StreamEntry], after cursor: StreamID, isAlone: Bool, _ fence: PartitionFence
        ) async -> [PartitionCall] {
            let answer = self.answer(self.tries.withLockedValue { $0.count })
            return writes.map { _ in
                let call = RedisScript.Call(Self.script, keys: ["t:{p0}:state"], arguments: [RedisArgument(answer)])
                return PartitionCall(call, entries: 1)
            }
        }

        func settle(
            _ entry: StreamEntry, _ result: Result<RedisValue, RedisError>, _ fence: PartitionFence,
            _ connection: RedisConnection
        ) async throws -> PartitionStep {
            self.tries.withLockedValue { $0.append(.now) }
            return .again
        }
    }

    /// How long the first `count` tries of one entry took.
    private func time(of count: Int, answer: @escaping @Sendable (Int) -> String) async throws -> Duration {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let redis = RedisClient(try RedisConfiguration(url: server.url), logger: quiet)
        let names = PartitionNames(
            count: 1, state: { "t:{p\($0)}:state" }, entries: { "t:{p\($0)}:entries" }, processes: "t:processes")
        let handler = Unable(answer: answer)
        let leases = PartitionLeases(process: "one", names: names, redis: redis, logger: quiet) { lease in
            await PartitionReader(lease: lease, names: names, redis: redis, handler: handler, logger: quiet).run()
        }
        try server.command("XADD", "t:{p0}:entries", "*", "n", "1")
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await redis.run() }
            group.addTask { try await leases.run() }
            await eventually(within: .seconds(60)) { handler.tries.withLockedValue { $0.count } >= count }
            group.cancelAll()
        }
        let tries = handler.tries.withLockedValue { $0 }
        try #require(tries.count >= count)
        return tries[count - 1] - tries[0]
    }

    @Test("an entry that can be neither applied nor given up is tried with pauses between", arguments: ["", "room"])
    func pauses(answer: String) async throws {
        #expect(try await self.time(of: 8) { _ in answer } >= .seconds(1))
    }

    @Test("an entry that asks for one thing after another is served without a pause")
    func manyThings() {
        // Counted and not timed: on a machine that runs other tests beside it each round may take a quarter of a second.
        var stuck = StuckWrite()
        let entry = StreamID(milliseconds: 1, sequence: 0)
        for number in 0..<40 { #expect(stuck.pause(of: entry, after: "room \(number)") == .zero) }
        let pauses = (0..<30).map { _ in stuck.pause(of: entry, after: "room") }
        #expect(pauses.prefix(3).allSatisfy { $0 == .zero })
        #expect(pauses[3] == .milliseconds(200) && pauses[29] == .seconds(1))
        #expect(stuck.pause(of: StreamID(milliseconds: 2, sequence: 0), after: "room") == .zero)
    }
}
