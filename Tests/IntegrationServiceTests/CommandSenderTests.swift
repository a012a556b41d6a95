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

    private static func stream(_ room: String) -> String {
        RedisNames.commands(PartitionMap.partition(of: room, of: 16))
    }

    private func sent(_ redis: RedisClient, _ room: String = "squad_alpha") async throws -> [String] {
        let stream = Self.stream(room)
        return try await redis.xrange(stream).map { $0.string("id") ?? "" }
    }

    private func withSender(
        bound: Int = 1_000, _ body: (CommandSender, RedisClient) async throws -> Void
    ) async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.withSender(on: server, bound: bound, body)
    }

    private func withSender(
        on server: RedisServer, bound: Int, _ body: (CommandSender, RedisClient) async throws -> Void
    ) async throws {
        let redis = RedisClient(try RedisConfiguration(url: server.url), logger: Logger(label: "test"))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await redis.run() }
            try await body(CommandSender(redis: redis, partitions: 16, bound: bound), redis)
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

    // MARK: A partition that takes no more

    private static let many = (1...50).map { number in
        StreamEntry(id: StreamID(milliseconds: UInt64(number), sequence: 0), fields: [])
    }

    private static func ids(_ room: String) -> [String] { Self.many.map { "\($0.id):\(room)" } }

    /// All entries, each for two rooms.
    private func sendMany(_ sender: CommandSender, whenSent: () -> Void = {}) async throws -> [JobOutcome] {
        let squads = [try SquadID("alpha"), try SquadID("bravo")]
        return await withoutActuallyEscaping(whenSent) { whenSent in
            await sender.send(.postSignal, for: Self.many) { entry in
                .order(.init(name: ["\(entry.id)"], squads: squads, data: []), whenSent: whenSent)
            }
        }
    }

    private func fill(_ redis: RedisClient, _ count: Int) async throws {
        for _ in 0..<count {
            _ = try await redis.send(RedisCommand("XADD", RedisArgument(Self.stream("squad_alpha")), "*", "id", "old"))
        }
    }

    @Test(
        "a partition at its bound does not have the others sent the same again, and gets all in order when it has room")
    func full() async throws {
        #expect(Self.stream("squad_alpha") != Self.stream("squad_bravo"))
        try await self.withSender(bound: 60) { sender, redis in
            try await self.fill(redis, 58)
            var waits: [Duration] = []
            var sent = 0
            for _ in 0..<6 {
                let outcomes = try await self.sendMany(sender) { sent += 1 }
                for outcome in outcomes.dropFirst(2) {
                    guard case .retry = outcome else {
                        Issue.record("\(outcome) of what was refused")
                        continue
                    }
                }
                if case .retry(let wait, _) = outcomes[2] { waits.append(wait) }
                let copies = try await self.sent(redis, "squad_bravo")
                #expect(copies == Self.ids("squad_bravo"))
            }
            #expect(waits == [200, 400, 800, 1_600, 2_000, 2_000].map { .milliseconds($0) })
            _ = try await redis.send(RedisCommand("XTRIM", RedisArgument(Self.stream("squad_alpha")), "MAXLEN", 2))
            sent = 0
            let outcomes = try await self.sendMany(sender) { sent += 1 }
            #expect(outcomes == Self.many.map { _ in .done })
            #expect(sent == 50)
            let (alpha, bravo) = (try await self.sent(redis), try await self.sent(redis, "squad_bravo"))
            #expect(alpha == Self.ids("squad_alpha"))
            #expect(bravo == Self.ids("squad_bravo"))
        }
    }

    @Test("what another Redis process may have lost is sent again")
    func restarted() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await self.withSender(on: server, bound: 60) { sender, redis in
            try await self.fill(redis, 60)
            _ = try await self.sendMany(sender)
            let before = try await redis.connection(for: "key").runID
            try await server.restart()
            await eventually { redis.current.map { $0.runID != before } ?? false }
            let outcomes = try await self.sendMany(sender)
            #expect(outcomes == Self.many.map { _ in .done })
            let (alpha, bravo) = (try await self.sent(redis), try await self.sent(redis, "squad_bravo"))
            #expect(alpha == Self.ids("squad_alpha"))
            #expect(bravo == Self.ids("squad_bravo"))
        }
    }
}
