internal import NIOConcurrencyHelpers

/// Tells a worker where there may be something to do. Many signals before it looks are one.
public struct JobSignal: Sendable {
    let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let waiting = NIOLockedValueBox<[JobQueue: Int]>([:])

    public init() {
        (self.stream, self.continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// From any thread. - Parameter queues: How many jobs wait, about.
    public func notify(_ queues: [JobQueue: Int]) {
        self.waiting.withLockedValue { $0.merge(queues) { max($0, $1) } }
        self.wake()
    }

    /// The worker looks again.
    func wake() { self.continuation.yield() }

    /// What was told since the last look.
    func take() -> [JobQueue: Int] {
        self.waiting.withLockedValue { waiting in
            defer { waiting.removeAll(keepingCapacity: true) }
            return waiting
        }
    }
}
