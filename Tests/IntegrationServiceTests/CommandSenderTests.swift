import Domain
import Logging
import Redis
import TestSupport
import Testing
import WireContract
import WorkQueue

@testable import IntegrationService

/// Entries that are sent together, each with an outcome of its own.
@Suite(.timeLimit(.minutes(1)))
struct CommandSenderTests {
    private static let entries = (1...5).map { number in
        StreamEntry(id: StreamID(milliseconds: UInt64(number), sequence: 0), fields: [])
    }

    /// The first and the fourth entry become commands, the second is poison, the third nothing.
    private func outcomes(_ sender: CommandSender, third: JobOutcome) async throws -> [JobOutcome] {
        let squad = try SquadID("alpha")
        return await sender.send(.postSignal, for: Self.entries) { entry in
            switch entry.id.milliseconds {
            case 2: .finished(.discard(reason: "poison"))
            case 3: .finished(third)
            default: .order(.init(name: ["\(entry.id)"], squads: [squad], data: []), whenSent: {})
            }
        }
    }

    private func sent(_ redis: RedisClient) async throws -> [String] {
        let stream = RedisNames.commands(PartitionMap.partition(of: "squad_alpha", of: 16))
        return try await redis.xrange(stream).map { $0.string("id") ?? "" }
    }

    private func withSender(_ body: (CommandSender, RedisClient) async throws -> Void) async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        let redis = RedisClient(try RedisConfiguration(url: server.url), logger: Logger(label: "test"))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await redis.run() }
            try await body(CommandSender(redis: redis, partitions: 16), redis)
            tasks.cancelAll()
        }
    }

    @Test("each entry has the outcome that it would have alone, and the commands keep their order")
    func alone() async throws {
        try await self.withSender { sender, redis in
            let outcomes = try await self.outcomes(sender, third: .done)
            #expect(outcomes == [.done, .discard(reason: "poison"), .done, .done, .done])
            let sent = try await self.sent(redis)
            #expect(sent == ["1-0:squad_alpha", "4-0:squad_alpha", "5-0:squad_alpha"])
        }
    }

    @Test("nothing overtakes an entry that has to wait")
    func waiting() async throws {
        try await self.withSender { sender, redis in
            let wait = JobOutcome.retry(after: .seconds(1), reason: "no squads")
            let outcomes = try await self.outcomes(sender, third: wait)
            #expect(outcomes == [.done, .discard(reason: "poison"), wait])
            let sent = try await self.sent(redis)
            #expect(sent == ["1-0:squad_alpha"])
        }
    }

    @Test("when a command was not certainly added, all that were sent are sent again")
    func failing() async throws {
        try await self.withSender { sender, redis in
            let stream = RedisNames.commands(PartitionMap.partition(of: "squad_alpha", of: 16))
            _ = try await redis.send(RedisCommand("SET", RedisArgument(stream), "no stream"))
            let outcomes = try await self.outcomes(sender, third: .done)
            let isRetry = outcomes.map { if case .retry = $0 { true } else { false } }
            #expect(isRetry == [true, false, false, true, true])
        }
    }
}
