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

    /// A promise to be kept once the queue is not being changed any more: who waits may ask again at once, on this very
    /// turn, and asking changes the queue.
    struct Completion {
        private let keep: () -> Void

        init(_ keep: @escaping () -> Void) { self.keep = keep }

        func callAsFunction() { self.keep() }
    }

    /// What a reply led to.
    enum Reception {
        /// Nobody waits: count was lost, and only closing is safe.
        case unasked
        case taken(Completion?)
    }

    /// Gives a reply to the oldest command.
    mutating func receive(_ value: RedisValue) -> Reception {
        guard let waiter = self.waiters.first else { return .unasked }
        switch waiter.receiver {
        case .command(let promise):
            self.waiters.removeFirst()
            guard !waiter.isExpired else { return .taken(nil) }
            if case .error(let error) = value {
                return .taken(Completion { promise.fail(RedisError.server(error)) })
            }
            return .taken(Completion { promise.succeed(value) })
        case .pipeline(let replies):
            guard replies.receive(value) else { return .taken(nil) }
            self.waiters.removeFirst()
            return .taken(Completion { replies.succeed() })
        }
    }

    /// Gives up those whose time is over, and keeps their places.
    ///
    /// - Returns: The next deadline, or `nil` when nobody waits for one, and what to tell them.
    mutating func expire(now: NIODeadline) -> (next: NIODeadline?, completions: [Completion]) {
        var next: NIODeadline?
        var completions: [Completion] = []
        for index in self.waiters.indices where !self.waiters[index].isExpired {
            let waiter = self.waiters[index]
            if waiter.deadline > now {
                next = min(next ?? waiter.deadline, waiter.deadline)
                continue
            }
            self.waiters[index].isExpired = true
            switch waiter.receiver {
            case .command(let promise): completions.append(Completion { promise.fail(RedisError.timedOut) })
            case .pipeline(let replies): completions.append(Completion { replies.finish(with: .timedOut) })
            }
        }
        return (next, completions)
    }

    /// Ends everybody's wait.
    ///
    /// - Parameters:
    ///   - written: Count of the bytes that went to the network.
    ///   - reason: What the oldest command hears, when it is at fault.
    /// - Returns: What to tell them.
    mutating func close(written: Int, reason: RedisError?) -> [Completion] {
        var reason = reason
        var completions: [Completion] = []
        while let waiter = self.waiters.popFirst() {
            let error = reason ?? .connectionClosed(mayHaveRun: waiter.position < written)
            reason = nil
            guard !waiter.isExpired else { continue }
            switch waiter.receiver {
            case .command(let promise): completions.append(Completion { promise.fail(error) })
            case .pipeline(let replies): completions.append(Completion { replies.finish(with: error) })
            }
        }
        return completions
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
        }
        return self.outstanding == 0
    }

    /// After the last reply.
    func succeed() {
        guard !self.isFinished else { return }
        self.promise.succeed(self.results)
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
