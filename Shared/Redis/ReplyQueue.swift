internal import NIOCore

/// Who waits for which reply. Redis answers in the order asked, so a queue suffices — as long as nothing leaves it
/// before its reply has come: a command that timed out keeps its place, and its late reply is dropped.
struct ReplyQueue {
    /// One command, or one pipeline.
    struct Waiter {
        enum Receiver {
            case command(EventLoopPromise<RedisValue>)
            case pipeline(PipelineReplies)
        }

        let receiver: Receiver
        let deadline: NIODeadline
        /// Count of the bytes that must have gone to the network before the server can have run this.
        let position: Int
        var isExpired = false
    }

    private var waiters = CircularBuffer<Waiter>()

    var isEmpty: Bool { self.waiters.isEmpty }
    var count: Int { self.waiters.count }
    /// Whether the oldest command has timed out already: then the server, or the way to it, is stuck.
    var isStuck: Bool { self.waiters.first?.isExpired ?? false }

    mutating func append(_ waiter: Waiter) { self.waiters.append(waiter) }

    /// Hands a reply to the oldest command.
    ///
    /// - Returns: `false` when nobody waits: count was lost, and only closing is safe.
    mutating func receive(_ value: RedisValue) -> Bool {
        guard let waiter = self.waiters.first else { return false }
        switch waiter.receiver {
        case .command(let promise):
            self.waiters.removeFirst()
            guard !waiter.isExpired else { return true }
            if case .error(let error) = value {
                promise.fail(RedisError.server(error))
            } else {
                promise.succeed(value)
            }
        case .pipeline(let replies):
            if replies.receive(value) { self.waiters.removeFirst() }
        }
        return true
    }

    /// Tells those whose time is over, and keeps their places.
    ///
    /// - Returns: The next deadline, or `nil` when nobody waits for one.
    mutating func expire(now: NIODeadline) -> NIODeadline? {
        var next: NIODeadline?
        for index in self.waiters.indices where !self.waiters[index].isExpired {
            let waiter = self.waiters[index]
            if waiter.deadline > now {
                next = min(next ?? waiter.deadline, waiter.deadline)
                continue
            }
            self.waiters[index].isExpired = true
            switch waiter.receiver {
            case .command(let promise): promise.fail(RedisError.timedOut)
            case .pipeline(let replies): replies.finish(with: .timedOut)
            }
        }
        return next
    }

    /// Ends everybody's wait.
    ///
    /// - Parameters:
    ///   - written: Count of the bytes that went to the network.
    ///   - reason: What the oldest command hears, when it is at fault.
    mutating func close(written: Int, reason: RedisError?) {
        var reason = reason
        while let waiter = self.waiters.popFirst() {
            let error = reason ?? .connectionClosed(mayHaveRun: waiter.position < written)
            reason = nil
            guard !waiter.isExpired else { continue }
            switch waiter.receiver {
            case .command(let promise): promise.fail(error)
            case .pipeline(let replies): replies.finish(with: error)
            }
        }
    }
}

/// Collects the replies of one pipeline. Lives on the event loop.
final class PipelineReplies {
    private let promise: EventLoopPromise<[Result<RedisValue, RedisError>]>
    private var results: [Result<RedisValue, RedisError>] = []
    private var outstanding: Int
    private var isFinished = false

    init(count: Int, promise: EventLoopPromise<[Result<RedisValue, RedisError>]>) {
        self.promise = promise
        self.outstanding = count
        self.results.reserveCapacity(count)
    }

    /// - Returns: Whether this was the last.
    func receive(_ value: RedisValue) -> Bool {
        self.outstanding -= 1
        if !self.isFinished {
            if case .error(let error) = value {
                self.results.append(.failure(.server(error)))
            } else {
                self.results.append(.success(value))
            }
            if self.outstanding == 0 { self.promise.succeed(self.results) }
        }
        return self.outstanding == 0
    }

    /// Gives what has come, and `error` for the rest. Later replies are counted and dropped.
    func finish(with error: RedisError) {
        guard !self.isFinished else { return }
        self.isFinished = true
        self.results.append(contentsOf: repeatElement(.failure(error), count: self.outstanding))
        self.promise.succeed(self.results)
        self.results = []
    }
}
