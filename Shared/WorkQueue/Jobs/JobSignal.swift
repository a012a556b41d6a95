/// Tells a worker that there may be something to do. Many signals before it looks are one.
public struct JobSignal: Sendable {
    let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    public init() {
        (self.stream, self.continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// From any thread.
    public func notify() { self.continuation.yield() }
}
