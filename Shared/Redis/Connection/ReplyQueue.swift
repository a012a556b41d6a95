internal import NIOCore

/// Who waits for which reply. Redis answers in the order asked, so a queue suffices — as long as nothing leaves it
/// before its reply has come: a command that timed out keeps its place, and its late reply is dropped.
///
/// It completes nothing by itself: whoever hears of a reply may send the next command at once, in the midst of a change.
struct ReplyQueue {
    /// Who gets a reply.
    enum Receiver {
        case command(EventLoopPromise<RedisValue>)
        case pipeline(PipelineReplies)
    }

    /// One command, or one pipeline.
    struct Waiter {
        let receiver: Receiver
        let deadline: NIODeadline
        /// Count of the bytes that must have gone to the network before the server can have run this.
        let position: Int
        var isExpired = false
    }

    /// What to do with a reply.
    enum Arrival {
        /// Complete the command with it.
        case command(EventLoopPromise<RedisValue>)
        /// It was the last of the pipeline: complete that.
        case pipeline(PipelineReplies)
        /// Nothing: a pipeline waits for more, or nobody waits any longer.
        case taken
        /// Nobody had asked: count was lost, and only closing is safe.
        case unexpected
    }

    private var waiters = CircularBuffer<Waiter>()

    /// Whether the oldest command has timed out already: then the server, or the way to it, is stuck.
    var isStuck: Bool { self.waiters.first?.isExpired ?? false }

    mutating func append(_ waiter: Waiter) { self.waiters.append(waiter) }

    /// Finds the receiver of a reply: the oldest.
    mutating func receive(_ value: RedisValue) -> Arrival {
        guard let waiter = self.waiters.first else { return .unexpected }
        switch waiter.receiver {
        case .command(let promise):
            self.waiters.removeFirst()
            return waiter.isExpired ? .taken : .command(promise)
        case .pipeline(let replies):
            guard replies.append(value) else { return .taken }
            self.waiters.removeFirst()
            return waiter.isExpired ? .taken : .pipeline(replies)
        }
    }

    /// Finds those whose time is over. They keep their places.
    ///
    /// - Returns: They, and the next deadline.
    mutating func expire(now: NIODeadline) -> (expired: [Receiver], next: NIODeadline?) {
        var expired: [Receiver] = []
        var next: NIODeadline?
        for index in self.waiters.indices where !self.waiters[index].isExpired {
            let deadline = self.waiters[index].deadline
            if deadline > now {
                next = min(next ?? deadline, deadline)
            } else {
                self.waiters[index].isExpired = true
                expired.append(self.waiters[index].receiver)
            }
        }
        return (expired, next)
    }

    /// Empties the queue.
    ///
    /// - Parameters:
    ///   - written: Count of the bytes that went to the network.
    ///   - reason: What the oldest command hears, when it is at fault.
    /// - Returns: Who waited, and what to tell them.
    mutating func close(written: Int, reason: RedisError?) -> [(Receiver, RedisError)] {
        var ended: [(Receiver, RedisError)] = []
        var reason = reason
        while let waiter = self.waiters.popFirst() {
            let error = reason ?? .connectionClosed(mayHaveRun: waiter.position < written)
            reason = nil
            if !waiter.isExpired { ended.append((waiter.receiver, error)) }
        }
        return ended
    }
}

extension ReplyQueue.Receiver {
    func fail(_ error: RedisError) {
        switch self {
        case .command(let promise): promise.fail(error)
        case .pipeline(let replies): replies.complete(filledWith: error)
        }
    }
}

/// Collects the replies of one pipeline. Lives on the event loop.
final class PipelineReplies {
    private let promise: EventLoopPromise<[Result<RedisValue, RedisError>]>
    private var results: [Result<RedisValue, RedisError>] = []
    private var outstanding: Int
    private var isComplete = false

    init(count: Int, promise: EventLoopPromise<[Result<RedisValue, RedisError>]>) {
        self.promise = promise
        self.outstanding = count
        self.results.reserveCapacity(count)
    }

    /// Notes a reply; after a timeout it is only counted.
    ///
    /// - Returns: Whether this was the last.
    func append(_ value: RedisValue) -> Bool {
        self.outstanding -= 1
        if !self.isComplete {
            if case .error(let error) = value {
                self.results.append(.failure(.server(error)))
            } else {
                self.results.append(.success(value))
            }
        }
        return self.outstanding == 0
    }

    /// Gives what has come, and `error` for the rest.
    func complete(filledWith error: RedisError) {
        self.results.append(contentsOf: repeatElement(.failure(error), count: self.outstanding))
        self.complete()
    }

    /// Gives what has come.
    func complete() {
        self.isComplete = true
        let results = self.results
        self.results = []
        self.promise.succeed(results)
    }
}
