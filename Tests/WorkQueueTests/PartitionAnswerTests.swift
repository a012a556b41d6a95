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
    private struct Handler: ListHandler {
        static let script = PartitionAnswerTests.apply
        /// Whether answers are made; until then they are on the way.
        let isOpen = NIOLockedValueBox(true)
        let begun = NIOLockedValueBox(0)

        func open(
            _ fence: PartitionFence, reached: StreamID, _ connection: RedisConnection
        ) async throws -> StreamID {
            try await self.storedCursor(fence, connection)
        }

        func role(of entry: StreamEntry) -> PartitionRole {
            entry.string("role") == "read" ? .read(of: entry.string("of") ?? "") : .write(of: entry.string("of") ?? "")
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

    private func add(_ role: String, _ subject: String, _ name: String, _ server: RedisServer) throws {
        try server.command("XADD", "t:{p5}:entries", "*", "role", role, "of", subject, "n", name)
    }

    @Test("a write that is stuck holds up no read of another subject; one of its own waits, and sees what it did")
    func stuck() async throws {
        let server = try await RedisServer.start()
        let process = try HoldingProcess(server.url, name: "first", handler: Handler())
        try self.add("write", "a", "stuck", server)
        try self.add("read", "b", "other", server)
        try self.add("read", "a", "own", server)
        await eventually { try server.elements("answers") == ["other:"] }
        // Also one that comes while the write has been stuck for a while.
        try self.add("read", "c", "later", server)
        await eventually { try server.elements("answers") == ["other:", "later:"] }
        try server.command("SET", "t:{p5}:remedy", "1")
        await eventually { try server.elements("answers") == ["other:", "later:", "own:stuck"] }
        #expect(try server.command("XLEN", "t:{p5}:entries") == ":0\r\n")
        await process.stop()
    }

    @Test("a read that takes for ever holds up no write, of its own subject neither")
    func slow() async throws {
        let server = try await RedisServer.start()
        let handler = Handler()
        handler.isOpen.withLockedValue { $0 = false }
        let process = try HoldingProcess(server.url, name: "first", handler: handler)
        try self.add("read", "a", "slow", server)
        await eventually { handler.begun.withLockedValue { $0 } == 1 }
        for number in 1...3 { try self.add("write", "a", "\(number)", server) }
        await eventually { try server.elements("list") == ["1", "2", "3"] }
        #expect(try server.elements("answers").isEmpty)
        handler.isOpen.withLockedValue { $0 = true }
        await eventually { try server.elements("answers") == ["slow:1,2,3"] }
        await process.stop()
    }

    @Test("what a holder left unanswered, the next answers, once; nothing stays in the stream")
    func leftBehind() async throws {
        let server = try await RedisServer.start()
        let handler = Handler()
        handler.isOpen.withLockedValue { $0 = false }
        let first = try HoldingProcess(server.url, name: "first", handler: handler)
        try self.add("read", "a", "asked", server)
        try self.add("write", "a", "enter", server)
        try self.add("write", "a", "write", server)
        try self.add("read", "a", "after", server)
        // The cursor is past the first two, which are not answered.
        await eventually { handler.begun.withLockedValue { $0 } == 3 }
        #expect(try server.elements("list") == ["enter", "write"])
        await first.stop()
        #expect(try server.elements("answers").isEmpty)
        #expect(try server.command("XLEN", "t:{p5}:entries") == ":3\r\n")
        let second = try HoldingProcess(server.url, name: "second", handler: Handler())
        await eventually { try server.elements("answers").count == 3 }
        #expect(
            Set(try server.elements("answers")) == ["asked:enter,write", "enter:enter,write", "after:enter,write"])
        #expect(try server.elements("list") == ["enter", "write"])
        #expect(try server.command("XLEN", "t:{p5}:entries") == ":0\r\n")
        await second.stop()
    }

    @Test("a holder that was frozen past its lease answers nothing after waking")
    func frozen() async throws {
        let server = try await RedisServer.start()
        let handler = Handler()
        handler.isOpen.withLockedValue { $0 = false }
        let process = try HoldingProcess(server.url, name: "first", handler: handler)
        try self.add("read", "a", "asked", server)
        await eventually { handler.begun.withLockedValue { $0 } == 1 }
        try server.command("HSET", "t:{p5}:state", "token", "another", "until", "99999999999999")
        handler.isOpen.withLockedValue { $0 = true }
        await eventually { !process.leases.held.contains(5) }
        #expect(try server.elements("answers").isEmpty)
        #expect(try server.command("XLEN", "t:{p5}:entries") == ":1\r\n")
        await process.stop()
    }

    @Test("reads beyond what may wait are refused, and the others answered")
    func tooMany() async throws {
        let server = try await RedisServer.start()
        let handler = Handler()
        handler.isOpen.withLockedValue { $0 = false }
        let process = try HoldingProcess(server.url, name: "first", handler: handler)
        let most = PartitionReads.mostAtOnce + PartitionReads.mostWaiting
        try server.command(
            "EVAL",
            "for n = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', 'role', 'read', 'of', 'a', 'n', 'x') end", "1",
            "t:{p5}:entries", "\(most + 9)")
        await eventually { try server.elements("answers") == Array(repeating: "busy", count: 9) }
        #expect(handler.begun.withLockedValue { $0 } == PartitionReads.mostAtOnce)
        handler.isOpen.withLockedValue { $0 = true }
        await eventually(within: .seconds(30)) { try server.command("XLEN", "t:{p5}:entries") == ":0\r\n" }
        #expect(try server.command("LLEN", "t:{p5}:answers") == ":\(most + 9)\r\n")
        await process.stop()
    }
}
