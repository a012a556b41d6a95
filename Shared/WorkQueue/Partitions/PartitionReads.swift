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
    /// Where a read runs. One that needs more than Redis moves to the slow lane, so that a store that is away holds the places of
    /// those alone that ask it.
    enum Lane: Sendable {
        case quick, slow
    }

    /// Enough to keep Redis, or the archive's threads, busy, few enough that their pages fit into memory.
    static let mostAtOnce = 64
    static let mostSlowAtOnce = 32
    /// What waits is an entry each; beyond them the asker hears that we are busy.
    static let mostWaiting = 4_096
    /// As long as an asker waits for an answer. After that nobody hears it.
    static let patienceInMilliseconds: UInt64 = 10_000

    /// What is to be done with reads.
    struct Steps {
        var start: [(read: PartitionRead, lane: Lane)] = []
        var refuse: [PartitionRead] = []
        /// Nobody waits for their answers: the asker gave up, or has asked again what is being answered.
        var letGo: [PartitionRead] = []
    }

    private struct Places {
        let most: Int
        var running = 0
        var waiting = CircularBuffer<(read: PartitionRead, question: String?)>()
    }

    private var quick = Places(most: Self.mostAtOnce)
    private var slow = Places(most: Self.mostSlowAtOnce)
    /// What runs or waits.
    private var questions: Set<String> = []

    var isEmpty: Bool { self.quick.running == 0 && self.slow.running == 0 }

    /// - Parameters:
    ///   - question: What tells a repeat of the same question; nil for one that is never repeated.
    ///   - now: By the stream's clock, in milliseconds.
    mutating func admit(_ read: PartitionRead, question: String?, now: UInt64, _ steps: inout Steps) {
        guard !Self.isTooLate(read, now) else { return steps.letGo.append(read) }
        if let question, !self.questions.insert(question).inserted { return steps.letGo.append(read) }
        if !Self.place(read, question, in: &self.quick, .quick, &steps) { self.forget(question) }
    }

    /// One has ended: with an answer, or because it needs what takes long.
    mutating func ended(
        _ read: PartitionRead, question: String?, on lane: Lane, isAnswered: Bool, now: UInt64, _ steps: inout Steps
    ) {
        let late =
            switch lane {
            case .quick: Self.release(&self.quick, .quick, now, &steps)
            case .slow: Self.release(&self.slow, .slow, now, &steps)
            }
        for question in late { self.forget(question) }
        if !isAnswered, Self.place(read, question, in: &self.slow, .slow, &steps) { return }
        self.forget(question)
    }

    private mutating func forget(_ question: String?) {
        if let question { self.questions.remove(question) }
    }

    /// - Returns: Whether it runs or waits.
    private static func place(
        _ read: PartitionRead, _ question: String?, in places: inout Places, _ lane: Lane, _ steps: inout Steps
    ) -> Bool {
        if places.running < places.most {
            places.running += 1
            steps.start.append((read, lane))
        } else if places.waiting.count < Self.mostWaiting {
            places.waiting.append((read, question))
        } else {
            steps.refuse.append(read)
            return false
        }
        return true
    }

    /// Gives a place that came free to the next who still waits for an answer.
    ///
    /// - Returns: The questions of those who do not any more.
    private static func release(
        _ places: inout Places, _ lane: Lane, _ now: UInt64, _ steps: inout Steps
    ) -> [String?] {
        var late: [String?] = []
        while let next = places.waiting.popFirst() {
            guard Self.isTooLate(next.read, now) else {
                steps.start.append((next.read, lane))
                return late
            }
            steps.letGo.append(next.read)
            late.append(next.question)
        }
        places.running -= 1
        return late
    }

    private static func isTooLate(_ read: PartitionRead, _ now: UInt64) -> Bool {
        read.entry.id.milliseconds + Self.patienceInMilliseconds <= now
    }
}

/// What time it is at least by the clock that gave the entries of a stream their ids: no clock of ours is compared with it.
struct StreamClock {
    private var newest: (milliseconds: UInt64, at: ContinuousClock.Instant)?

    mutating func saw(_ id: StreamID, at instant: ContinuousClock.Instant = .now) {
        if id.milliseconds > self.now(at: instant) { self.newest = (id.milliseconds, instant) }
    }

    func now(at instant: ContinuousClock.Instant = .now) -> UInt64 {
        guard let newest else { return 0 }
        return newest.milliseconds + UInt64(max(0, (instant - newest.at).wholeMilliseconds))
    }
}
