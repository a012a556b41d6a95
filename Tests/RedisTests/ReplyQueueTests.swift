import NIOCore
import NIOEmbedded
import Testing

@testable import Redis

struct ReplyQueueTests {
    private let loop = EmbeddedEventLoop()
    private let start = NIODeadline.uptimeNanoseconds(0)

    private func command(seconds: Int64 = 9, position: Int = 0) -> (ReplyQueue.Waiter, EventLoopPromise<RedisValue>) {
        let promise = self.loop.makePromise(of: RedisValue.self)
        promise.futureResult.whenComplete { _ in }
        let waiter = ReplyQueue.Waiter(
            receiver: .command(promise), deadline: self.start + .seconds(seconds), position: position)
        return (waiter, promise)
    }

    /// Whether a reply goes to the command with this promise.
    private func goes(_ arrival: ReplyQueue.Arrival, to promise: EventLoopPromise<RedisValue>) -> Bool {
        if case .command(let found) = arrival { found.futureResult === promise.futureResult } else { false }
    }

    private func isTaken(_ arrival: ReplyQueue.Arrival) -> Bool {
        if case .taken = arrival { true } else { false }
    }

    @Test("a reply that comes after its command timed out is dropped, and the next one reaches its own command")
    func lateReply() {
        var queue = ReplyQueue()
        let (first, firstPromise) = self.command(seconds: 1)
        let (second, secondPromise) = self.command(seconds: 9)
        queue.append(first)
        queue.append(second)

        let (expired, next) = queue.expire(now: self.start + .seconds(2))
        #expect(expired.count == 1)
        #expect(next == self.start + .seconds(9))
        #expect(queue.isStuck)
        let again = queue.expire(now: self.start + .seconds(3)).expired
        #expect(again.isEmpty)

        let late = queue.receive(.integer(1))
        #expect(self.isTaken(late))
        #expect(!queue.isStuck)
        let own = queue.receive(.integer(2))
        #expect(self.goes(own, to: secondPromise))
        firstPromise.fail(RedisError.timedOut)
        secondPromise.succeed(.null)
    }

    @Test("a pipeline that times out gives what came, and swallows the rest of its replies")
    func latePipeline() throws {
        var queue = ReplyQueue()
        let promise = self.loop.makePromise(of: [Result<RedisValue, RedisError>].self)
        let replies = PipelineReplies(count: 3, promise: promise)
        let (next, nextPromise) = self.command()
        queue.append(
            ReplyQueue.Waiter(receiver: .pipeline(replies), deadline: self.start + .seconds(1), position: 0))
        queue.append(next)

        let first = queue.receive(.integer(1))
        #expect(self.isTaken(first))
        for receiver in queue.expire(now: self.start + .seconds(2)).expired { receiver.fail(.timedOut) }
        #expect(
            try promise.futureResult.wait() == [.success(.integer(1)), .failure(.timedOut), .failure(.timedOut)])
        for number in 2...3 {
            let late = queue.receive(.integer(number))
            #expect(self.isTaken(late))
        }
        let own = queue.receive(.integer(4))
        #expect(self.goes(own, to: nextPromise))
        nextPromise.succeed(.null)
        guard case .unexpected = queue.receive(.integer(5)) else {
            Issue.record("a fifth reply was taken")
            return
        }
    }

    @Test("a pipeline is complete with its last reply, errors in their places")
    func pipeline() throws {
        var queue = ReplyQueue()
        let promise = self.loop.makePromise(of: [Result<RedisValue, RedisError>].self)
        let replies = PipelineReplies(count: 2, promise: promise)
        queue.append(ReplyQueue.Waiter(receiver: .pipeline(replies), deadline: .distantFuture, position: 0))
        let first = queue.receive(.error(RedisServerError("ERR x")))
        #expect(self.isTaken(first))
        guard case .pipeline(let complete) = queue.receive(.integer(2)) else {
            Issue.record("not complete")
            return
        }
        complete.complete()
        #expect(
            try promise.futureResult.wait() == [.failure(.server(RedisServerError("ERR x"))), .success(.integer(2))])
    }

    @Test("at the end, only what went to the network may have run; the oldest hears what it is at fault for")
    func close() {
        var queue = ReplyQueue()
        var promises: [EventLoopPromise<RedisValue>] = []
        for position in [0, 10, 30] {
            let (waiter, promise) = self.command(position: position)
            queue.append(waiter)
            promises.append(promise)
        }
        let errors = queue.close(written: 30, reason: .protocolViolation("x")).map(\.1)
        #expect(
            errors == [
                .protocolViolation("x"), .connectionClosed(mayHaveRun: true), .connectionClosed(mayHaveRun: false),
            ])
        for promise in promises { promise.succeed(.null) }
    }
}
