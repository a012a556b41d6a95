import Logging
import NIOConcurrencyHelpers
import Redis
import TestSupport
import Testing

@testable import WorkQueue

/// One key of the wrong type holds up its own queue and no other.
struct KeyFaultTests {
    private static let other = JobQueue(name: "other", prefix: "sc:{n2}:mail", dead: "sc:{n2}:dead")

    @Test("a queue with a broken key waits, the jobs of the others are done", arguments: ["waiting", "held", "jobs"])
    func worker(key: String) async throws {
        try await JobBench.run { bench in
            _ = try await bench.enqueue("lost", on: Self.other)
            let broken = RedisArgument("\(Self.other.prefix):\(key)")
            _ = try await bench.redis.send(RedisCommand("DEL", broken))
            _ = try await bench.redis.send(RedisCommand("SET", broken, "poison"))
            for index in 0..<10 { _ = try await bench.enqueue("j\(index)") }
            // Among many queues the broken one is sometimes first and sometimes last.
            let worker = bench.worker(concurrency: 2) { _ in JobResult(.done) }
            try await bench.running([worker, bench.scheduler]) {
                for index in 0..<10 { await eventually { try await bench.state("j\(index)")?.state == .sent } }
            }
        }
    }

    @Test("the scheduler serves the lanes after a broken one", arguments: ["due", "replay", "claims"])
    func scheduler(key: String) async throws {
        try await JobBench.run { bench in
            _ = try await bench.redis.send(
                RedisCommand("SET", RedisArgument("\(Self.other.prefix):\(key)"), "poison"))
            _ = try await bench.enqueue("a")
            let signal = JobSignal()
            let scheduler = RetryScheduler(
                lanes: [(Self.other, JobSignal()), (bench.queue, signal)], redis: bench.redis,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await scheduler.takeReplays()
            try await scheduler.adoptFormer()
            try await scheduler.moveDue()
            var isWoken = false
            for await _ in signal.stream {
                isWoken = true
                break
            }
            #expect(isWoken)
        }
    }

    @Test(
        "what broke under the record of what was done is set aside: it is recorded, and done once",
        arguments: ["dead", "due"])
    func record(key: String) async throws {
        try await JobBench.run { bench in
            let broken = key == "dead" ? bench.queue.dead : bench.queue.due
            _ = try await bench.enqueue("a")
            let runs = NIOLockedValueBox(0)
            let worker = bench.worker(lease: .seconds(2)) { job in
                runs.withLockedValue { $0 += 1 }
                _ = try? await bench.redis.send(RedisCommand("SET", RedisArgument(broken), "poison"))
                return JobResult(.discard(reason: "gone"))
            }
            try await bench.running([worker, bench.scheduler]) {
                await eventually { try await bench.state("a")?.state == .failed }
            }
            #expect(runs.withLockedValue { $0 } == 1)
            let letters = try await bench.redis.xlen(bench.queue.dead)
            let kept = try await bench.redis.send(RedisCommand("KEYS", "*damaged:*")).array ?? []
            #expect(letters == 1 && kept.count == 1)
        }
    }

    @Test("an entry that is tried again is told at once, then once a minute; another one anew")
    func repetition() {
        var repetition = Repetition()
        let start = ContinuousClock.now
        let (first, second) = (StreamID(milliseconds: 1, sequence: 1), StreamID(milliseconds: 2, sequence: 1))
        let told = (0..<130).map { repetition.again(first, at: start + .seconds($0)) }
        #expect(told.indices.filter { told[$0] } == [0, 60, 120])
        #expect(repetition.over(second) == nil && repetition.over(first) == 130 && repetition.over(first) == nil)
        #expect(repetition.again(second, at: start) && repetition.count == 1)
    }

    @Test("a fault is told once, and again when it comes back; a fault of all is thrown")
    func once() throws {
        let lines = NIOLockedValueBox(0)
        let faults = KeyFaults(logger: Logger(label: "test") { _ in CountingHandler(lines: lines) })
        let broken = Result<RedisValue, RedisError>.failure(.server(RedisServerError("WRONGTYPE a string")))
        for _ in 0..<3 { #expect(try faults.value(of: broken, "a") == nil) }
        #expect(try faults.value(of: broken, "b") == nil)
        #expect(lines.withLockedValue { $0 } == 2)
        #expect(try faults.value(of: .success(.integer(7)), "a")?.int == 7)
        #expect(try faults.value(of: broken, "a") == nil)
        #expect(lines.withLockedValue { $0 } == 3)
        for error in [RedisError.timedOut, .server(RedisServerError("LOADING")), .server(RedisServerError("NOAUTH"))] {
            #expect(throws: error) { try faults.value(of: .failure(error), "a") }
        }
    }
}

struct CountingHandler: LogHandler {
    let lines: NIOLockedValueBox<Int>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(lines: NIOLockedValueBox<Int>) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) { self.lines.withLockedValue { $0 += 1 } }
}
