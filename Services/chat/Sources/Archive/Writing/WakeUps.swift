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

    /// Runs a round for every sign, one at a time, until the lease ends. None begins after that: who takes the partition over
    /// must not wait for our disk.
    ///
    /// - Parameter gathering: How long work may gather before each round.
    func run(
        under lease: PartitionLease, gathering: Duration, isolation: isolated (any Actor)? = #isolation,
        _ round: () async -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [waker] in
                while !Task.isCancelled {
                    waker.yield()
                    try? await Task.sleep(for: .seconds(1))
                }
            }
            for await _ in self.signs {
                if lease.isWanted { try? await Task.sleep(for: gathering) }
                guard lease.isWanted, !Task.isCancelled else { break }
                await round()
            }
            group.cancelAll()
        }
    }
}
