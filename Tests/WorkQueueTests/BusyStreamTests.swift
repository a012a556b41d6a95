import Logging
import NIOConcurrencyHelpers
import Redis
import TestSupport
import Testing

@testable import WorkQueue

/// Streams in which much happens: how much a writer may leave there, and how a reader takes many at a time.
@Suite(.timeLimit(.minutes(1)))
struct BusyStreamTests {
    private static let stream = "work"
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test("the first entry after a silence is read at once; what comes soon after it is read together")
    func gathering() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await server.withClient { redis in
            var reader = StreamReader(stream: Self.stream, group: "g", consumer: "a")
            reader.gathering = .seconds(2)
            let sizes = NIOLockedValueBox<[Int]>([])
            let consumer = OrderedConsumer(
                redis: redis, reader: reader, deadLetters: DeadLetters(redis: redis, stream: "dead"),
                logger: Self.logger, now: { 1_000 }, together: 50,
                handleTogether: { entries in
                    sizes.withLockedValue { $0.append(entries.count) }
                    return entries.map { _ in .done }
                })
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await consumer.run() }
                let first = ContinuousClock.now
                try await redis.xadd(Self.stream, fields: [("n", 0)])
                await eventually { sizes.withLockedValue { $0 } == [1] }
                #expect(ContinuousClock.now - first < .seconds(2), "it waited for nobody")
                for number in 1...5 { try await redis.xadd(Self.stream, fields: [("n", RedisArgument(number))]) }
                await eventually { sizes.withLockedValue { $0 } == [1, 5] }
                group.cancelAll()
            }
        }
    }

    @Test("at its bound a stream refuses the writer, retryably, and keeps what it has")
    func bound() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await server.withClient { redis in
            let writer = StreamWriter(redis: redis, bound: 2)
            let entry = StreamWriter.Entry(stream: Self.stream, fields: [("n", Array("1".utf8))])
            try await writer.append([entry, entry])
            await #expect { try await writer.append([entry]) } throws: { error in
                (error as? RedisError)?.serverError?.kind == .busy && (error as? RedisError)?.isRetryable == true
            }
            let length = try await redis.xlen(Self.stream)
            #expect(length == 2)
        }
    }

    @Test("of entries that come together a full stream takes the first, and none behind one that it refused")
    func boundInOrder() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await server.withClient { redis in
            func entry(_ stream: String, _ name: String) -> StreamWriter.Entry {
                StreamWriter.Entry(stream: stream, fields: [("n", Array(name.utf8)), ("more", [])])
            }
            let writer = StreamWriter(redis: redis, bound: 2)
            await #expect {
                try await writer.append(
                    ["a", "b", "c"].flatMap { [entry(Self.stream, $0), entry("other-\($0)", $0)] })
            } throws: { error in
                (error as? RedisError)?.serverError?.kind == .busy
            }
            let names = try await redis.xrange(Self.stream).map { $0.string("n") }
            #expect(names == ["a", "b"])
            let others = try await redis.xlen("other-c")
            #expect(others == 1, "another stream has its own bound")
        }
    }
}
