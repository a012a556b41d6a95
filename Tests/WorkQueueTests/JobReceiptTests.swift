import NIOConcurrencyHelpers
import Redis
import TestSupport
import Testing

@testable import WorkQueue

/// Who asks what became of a job is answered from where jobs are, and where their ends are.
struct JobReceiptTests {
    @Test("the jobs of an event, or of a person, are found wherever they stand, and nobody else's")
    func receipts() async throws {
        try await JobBench.run { bench in
            for id in ["e1/a", "e1/b", "e2/a", "e10/a", "e1/ab"] { _ = try await bench.enqueue(id) }
            let worker = bench.worker { job in
                switch job.id {
                case "e1/a": JobResult(.done)
                case "e1/b": JobResult(.discard(reason: "550 no such user"))
                default: JobResult(.retry(after: .seconds(600), reason: "451 later"))
                }
            }
            func told(_ receipts: [JobReceipt]) -> [String] {
                receipts.map { "\($0.group)/\($0.member) \($0.record.state) \($0.record.reason)" }.sorted()
            }
            let ofEvent = ["e1/a sent ", "e1/ab planned 451 later", "e1/b failed 550 no such user"]
            try await bench.running([worker]) {
                await eventually {
                    try await told(bench.queue.receipts(ofGroup: "e1", redis: bench.redis)) == ofEvent
                }
                await eventually {
                    try await told(bench.queue.receipts(ofMember: "a", redis: bench.redis)) == [
                        "e1/a sent ", "e10/a planned 451 later", "e2/a planned 451 later",
                    ]
                }
            }
            #expect(try await bench.queue.receipts(ofMember: "nobody", redis: bench.redis).isEmpty)
        }
    }

    @Test("a job that has lost its purpose ends as skipped with the reason, and is no dead letter")
    func skipped() async throws {
        try await JobBench.run { bench in
            _ = try await bench.enqueue("e1/a")
            try await bench.running([bench.worker { _ in .skip(reason: "too late") }]) {
                await eventually { try await bench.state("e1/a")?.state == .skipped }
            }
            let receipts = try await bench.queue.receipts(ofGroup: "e1", redis: bench.redis)
            #expect(receipts.map(\.record.reason) == ["too late"] && receipts.map(\.record.attempts) == [1])
            let letters = try await bench.redis.xlen(bench.queue.dead)
            #expect(letters == 0)
            #expect(try await bench.enqueue("e1/a") == .known)
            let events = bench.events.withLockedValue { $0 }
            #expect(events.contains(.skipped(bench.queue, reason: "too late")))
        }
    }

    @Test(
        "a job that ends while its event or its person is looked up is told once, as ended", arguments: [true, false])
    func endsMeanwhile(ofEvent: Bool) async throws {
        try await JobBench.run { bench in
            _ = try await bench.enqueue("e1/a")
            let interrupted = InterruptedRedis(redis: bench.redis) {
                try await bench.running([bench.worker { _ in JobResult(.done) }]) {
                    await eventually { try await bench.state("e1/a")?.state == .sent }
                }
            }
            let receipts =
                ofEvent
                ? try await bench.queue.receipts(ofGroup: "e1", redis: interrupted)
                : try await bench.queue.receipts(ofMember: "a", redis: interrupted)
            #expect(receipts.map(\.record.state) == [.sent])
        }
    }
}

/// Redis as somebody finds it who is held up after the first answer; what SCAN finds it finds twice.
private final class InterruptedRedis: RedisCommands {
    private let redis: RedisClient
    private let isHeldUp = NIOLockedValueBox(false)
    private let meanwhile: @Sendable () async throws -> Void

    init(redis: RedisClient, meanwhile: @escaping @Sendable () async throws -> Void) {
        self.redis = redis
        self.meanwhile = meanwhile
    }

    func send(_ command: RedisCommand) async throws(RedisError) -> RedisValue {
        let reply: RedisValue = try await self.redis.send(command)
        let isFirst = self.isHeldUp.withLockedValue { isHeldUp in
            defer { isHeldUp = true }
            return !isHeldUp
        }
        if isFirst { do { try await self.meanwhile() } catch { Issue.record(error) } }
        guard let parts = reply.array, parts.count == 2, let found = parts[1].array else { return reply }
        return .array([parts[0], .array(found + found)])
    }

    func pipeline(_ commands: [RedisCommand]) async throws(RedisError) -> [Result<RedisValue, RedisError>] {
        try await self.redis.pipeline(commands)
    }

    func evaluate(_ calls: [RedisScript.Call]) async throws(RedisError) -> [Result<RedisValue, RedisError>] {
        try await self.redis.evaluate(calls)
    }
}
