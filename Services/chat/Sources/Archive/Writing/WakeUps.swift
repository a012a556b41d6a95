import WorkQueue

/// Rounds of work that somebody wakes; once a second also without a sign, because something may be left from the holder
/// before.
struct WakeUps: Sendable {
    private let signs: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    init() {
        (self.signs, self.waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Says that there may be something new.
    func wake() {
        self.waker.yield()
    }

    /// Runs a round for every sign, one at a time, until the lease ends.
    func run(
        under lease: PartitionLease, isolation: isolated (any Actor)? = #isolation, _ round: () async -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [waker] in
                while !Task.isCancelled {
                    waker.yield()
                    try? await Task.sleep(for: .seconds(1))
                }
            }
            for await _ in self.signs {
                guard lease.isWanted, !Task.isCancelled else { break }
                await round()
            }
            group.cancelAll()
        }
    }
}
