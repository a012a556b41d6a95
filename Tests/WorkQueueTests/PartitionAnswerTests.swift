import Logging
import NIOConcurrencyHelpers
import Redis
import TestSupport
import Testing

@testable import WorkQueue

/// What only asks is answered beside the pipeline.
@Suite(.timeLimit(.minutes(2)))
struct PartitionAnswerTests {
    /// Appends each entry's `n` to a list, unless it is stuck; one that enters stays in the stream.
    private static let apply = RedisScript(
        name: "apply",
        source: """
            #!lua
            if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return {'fenced', 'token'} end
            if (redis.call('HGET', KEYS[1], 'cursor') or '0-0') ~= ARGV[2] then return {'fenced', 'cursor'} end
            if ARGV[4] == 'stuck' and redis.call('EXISTS', KEYS[4]) == 0 then return {'missing'} end
            redis.call('RPUSH', KEYS[3], ARGV[4])
            redis.call('HSET', KEYS[1], 'cursor', ARGV[3])
            if ARGV[4] == 'enter' then return {'done', 'unanswered', 'entered'} end
            redis.call('XDEL', KEYS[2], ARGV[3])
            return {'done'}
            """)
    private static let answer = RedisScript(
        name: "answer",
        source: """
            #!lua
            if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return {'fenced', 'token'} end
            if redis.call('XDEL', KEYS[2], ARGV[2]) == 0 then return {'done', 'answered'} end
            redis.call('RPUSH', KEYS[3], ARGV[3])
            return {'done'}
            """)

    /// Entries have `role`, `of` and `n`. An answer is `n`, and what the list held when it was made.
    private struct Handler: PartitionHandler {
        /// Whether answers are made; until then they are on the way.
        let isOpen = NIOLockedValueBox(true)
        let begun = NIOLockedValueBox(0)

        func open(
            _ fence: PartitionFence, reached: StreamID, _ connection: RedisConnection
        ) async throws -> StreamID {
            let cursor = try await connection.send(
                RedisCommand("HGET", RedisArgument("t:{p\(fence.partition)}:state"), "cursor"))
            return cursor.string.flatMap { StreamID($0) } ?? .zero
        }

        func role(of entry: StreamEntry) -> PartitionRole {
            entry.string("role") == "read" ? .read(of: entry.string("of") ?? "") : .write(of: entry.string("of") ?? "")
        }

        func calls(
            for writes: [StreamEntry], after cursor: StreamID, isAlone: Bool, _ fence: PartitionFence
        ) async -> [PartitionCall] {
            var expected = cursor
            return writes.map { entry in
                defer { expected = entry.id }
                let tag = "t:{p\(fence.partition)}"
                let call = RedisScript.Call(
                    PartitionAnswerTests.apply,
                    keys: ["\(tag):state", "\(tag):entries", "\(tag):list", "\(tag):remedy"],
                    arguments: [
                        RedisArgument(fence.token), RedisArgument("\(expected)"), RedisArgument("\(entry.id)"),
                        RedisArgument(entry.string("n") ?? ""),
                    ])
                return PartitionCall(call, entries: 1)
            }
        }

        func settle(
            _ entry: StreamEntry, _ result: Result<RedisValue, RedisError>, _ fence: PartitionFence,
            _ connection: RedisConnection
        ) async throws -> PartitionStep { .wait(.milliseconds(20)) }

        func applied(_ count: Int, unanswered: [PartitionRead]) async {}

        func question(of entry: StreamEntry) -> String? { nil }

        func answer(
            _ read: PartitionRead, mayTakeLong: Bool, _ fence: PartitionFence, _ connection: RedisConnection
        ) async -> Bool {
            self.begun.withLockedValue { $0 += 1 }
            while !self.isOpen.withLockedValue({ $0 }) {
                guard (try? await Task.sleep(for: .milliseconds(5))) != nil else { return true }
            }
            let list = try? await connection.send(
                RedisCommand("LRANGE", RedisArgument("t:{p\(fence.partition)}:list"), 0, -1))
            let seen = (list?.array ?? []).compactMap(\.string).joined(separator: ",")
            await self.publish("\(read.entry.string("n") ?? ""):\(seen)", [read], fence, connection)
            return true
        }

        func letGo(_ reads: [PartitionRead], _ fence: PartitionFence, _ connection: RedisConnection) async {
            await self.publish("let go", reads, fence, connection)
        }

        func refuse(_ reads: [PartitionRead], _ fence: PartitionFence, _ connection: RedisConnection) async {
            await self.publish("busy", reads, fence, connection)
        }

        private func publish(
            _ text: String, _ reads: [PartitionRead], _ fence: PartitionFence, _ connection: RedisConnection
        ) async {
            let tag = "t:{p\(fence.partition)}"
            _ = try? await connection.evaluate(
                reads.map { read in
                    RedisScript.Call(
                        PartitionAnswerTests.answer, keys: ["\(tag):state", "\(tag):entries", "\(tag):answers"],
                        arguments: [RedisArgument(fence.token), RedisArgument("\(read.entry.id)"), RedisArgument(text)])
                })
        }
    }

    private func process(_ server: RedisServer, _ name: String, _ handler: Handler) throws -> HoldingProcess {
        try HoldingProcess(server.url, name: name) { lease, redis in
            await PartitionReader(
                lease: lease, names: HoldingProcess.names, redis: redis, handler: handler,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            ).run()
        }
    }

    private func add(_ role: String, _ subject: String, _ name: String, _ server: RedisServer) throws {
        try server.command("XADD", "t:{p5}:entries", "*", "role", role, "of", subject, "n", name)
    }

    private func texts(_ key: String, _ server: RedisServer) throws -> [String] {
        try server.command("LRANGE", "t:{p5}:\(key)", "0", "-1").split(separator: "\r\n").map(String.init)
            .filter { !$0.hasPrefix("$") && !$0.hasPrefix("*") }
    }

    @Test("a write that is stuck holds up no read of another subject; one of its own waits, and sees what it did")
    func stuck() async throws {
        let server = try await RedisServer.start()
        let process = try self.process(server, "first", Handler())
        try self.add("write", "a", "stuck", server)
        try self.add("read", "b", "other", server)
        try self.add("read", "a", "own", server)
        await eventually { try self.texts("answers", server) == ["other:"] }
        // Also one that comes while the write has been stuck for a while.
        try self.add("read", "c", "later", server)
        await eventually { try self.texts("answers", server) == ["other:", "later:"] }
        try server.command("SET", "t:{p5}:remedy", "1")
        await eventually { try self.texts("answers", server) == ["other:", "later:", "own:stuck"] }
        #expect(try server.command("XLEN", "t:{p5}:entries") == ":0\r\n")
        await process.stop()
    }

    @Test("a read that takes for ever holds up no write, of its own subject neither")
    func slow() async throws {
        let server = try await RedisServer.start()
        let handler = Handler()
        handler.isOpen.withLockedValue { $0 = false }
        let process = try self.process(server, "first", handler)
        try self.add("read", "a", "slow", server)
        await eventually { handler.begun.withLockedValue { $0 } == 1 }
        for number in 1...3 { try self.add("write", "a", "\(number)", server) }
        await eventually { try self.texts("list", server) == ["1", "2", "3"] }
        #expect(try self.texts("answers", server).isEmpty)
        handler.isOpen.withLockedValue { $0 = true }
        await eventually { try self.texts("answers", server) == ["slow:1,2,3"] }
        await process.stop()
    }

    @Test("what a holder left unanswered, the next answers, once; nothing stays in the stream")
    func leftBehind() async throws {
        let server = try await RedisServer.start()
        let handler = Handler()
        handler.isOpen.withLockedValue { $0 = false }
        let first = try self.process(server, "first", handler)
        try self.add("read", "a", "asked", server)
        try self.add("write", "a", "enter", server)
        try self.add("write", "a", "write", server)
        try self.add("read", "a", "after", server)
        // The cursor is past the first two, which are not answered.
        await eventually { handler.begun.withLockedValue { $0 } == 3 }
        #expect(try self.texts("list", server) == ["enter", "write"])
        await first.stop()
        #expect(try self.texts("answers", server).isEmpty)
        #expect(try server.command("XLEN", "t:{p5}:entries") == ":3\r\n")
        let second = try self.process(server, "second", Handler())
        await eventually { try self.texts("answers", server).count == 3 }
        #expect(
            Set(try self.texts("answers", server)) == ["asked:enter,write", "enter:enter,write", "after:enter,write"])
        #expect(try self.texts("list", server) == ["enter", "write"])
        #expect(try server.command("XLEN", "t:{p5}:entries") == ":0\r\n")
        await second.stop()
    }

    @Test("a holder that was frozen past its lease answers nothing after waking")
    func frozen() async throws {
        let server = try await RedisServer.start()
        let handler = Handler()
        handler.isOpen.withLockedValue { $0 = false }
        let process = try self.process(server, "first", handler)
        try self.add("read", "a", "asked", server)
        await eventually { handler.begun.withLockedValue { $0 } == 1 }
        try server.command("HSET", "t:{p5}:state", "token", "another", "until", "99999999999999")
        handler.isOpen.withLockedValue { $0 = true }
        await eventually { !process.leases.held.contains(5) }
        #expect(try self.texts("answers", server).isEmpty)
        #expect(try server.command("XLEN", "t:{p5}:entries") == ":1\r\n")
        await process.stop()
    }

    @Test("reads beyond what may wait are refused, and the others answered")
    func tooMany() async throws {
        let server = try await RedisServer.start()
        let handler = Handler()
        handler.isOpen.withLockedValue { $0 = false }
        let process = try self.process(server, "first", handler)
        let most = PartitionReads.mostAtOnce + PartitionReads.mostWaiting
        try server.command(
            "EVAL",
            "for n = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', 'role', 'read', 'of', 'a', 'n', 'x') end", "1",
            "t:{p5}:entries", "\(most + 9)")
        await eventually { try self.texts("answers", server) == Array(repeating: "busy", count: 9) }
        #expect(handler.begun.withLockedValue { $0 } == PartitionReads.mostAtOnce)
        handler.isOpen.withLockedValue { $0 = true }
        await eventually(within: .seconds(30)) { try server.command("XLEN", "t:{p5}:entries") == ":0\r\n" }
        #expect(try server.command("LLEN", "t:{p5}:answers") == ":\(most + 9)\r\n")
        await process.stop()
    }
}
