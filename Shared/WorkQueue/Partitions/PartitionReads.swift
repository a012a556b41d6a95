internal import NIOCore
public import Redis

/// An entry that is to be answered beside the pipeline.
public struct PartitionRead: Sendable {
    public let entry: StreamEntry
    /// What the entry's own write answered; nil when it had none, or when a holder that is gone applied it.
    public let applied: RedisValue?

    public init(entry: StreamEntry, applied: RedisValue? = nil) {
        self.entry = entry
        self.applied = applied
    }
}

/// How many reads of a partition run at once, and which wait. Pure.
struct PartitionReads {
    /// Enough to keep the archive's threads and Redis busy, few enough that their pages fit into memory.
    static let mostAtOnce = 64
    /// What waits is an entry each; beyond them the asker hears that we are busy.
    static let mostWaiting = 4_096

    enum Admission {
        case start, wait, refuse
    }

    private var running = 0
    private var waiting = CircularBuffer<PartitionRead>()

    var isEmpty: Bool { self.running == 0 }

    mutating func admit(_ read: PartitionRead) -> Admission {
        if self.running < Self.mostAtOnce {
            self.running += 1
            return .start
        }
        guard self.waiting.count < Self.mostWaiting else { return .refuse }
        self.waiting.append(read)
        return .wait
    }

    /// One has ended.
    ///
    /// - Returns: The one to start in its place.
    mutating func ended() -> PartitionRead? {
        if let next = self.waiting.popFirst() { return next }
        self.running -= 1
        return nil
    }
}
