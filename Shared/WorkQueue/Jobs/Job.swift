/// One attempt at a job, as the worker hands it to the code that does it.
public struct Job: Sendable {
    public let queue: JobQueue
    /// The job's name: the same for every attempt.
    public let id: String
    public let payload: [UInt8]
    /// Which attempt this is, from 1.
    public let attempt: Int
    /// How often it is tried again although its effect may have happened already (0 = certainly not).
    public let repeats: Int

    /// Whether the effect may have happened in an earlier attempt.
    public var mayHaveHappened: Bool { self.repeats > 0 }
}

/// What an attempt came to.
public struct JobResult: Sendable, Equatable {
    public let outcome: JobOutcome
    /// With ``JobOutcome/retry(after:reason:)``: the effect may have happened although nobody said so. Such a job gets
    /// one more try, counted; after that it ends as `unknown`.
    public let mayHaveHappened: Bool

    public init(_ outcome: JobOutcome, mayHaveHappened: Bool = false) {
        self.outcome = outcome
        self.mayHaveHappened = mayHaveHappened
    }
}

/// Where a job stands. The raw values are in Redis.
public enum JobState: String, Sendable, CaseIterable {
    /// Waiting, for the first time or again.
    case planned
    /// An attempt is under way, or was cut off.
    case sending
    /// The effect has happened.
    case sent
    /// It can never happen; the reason says why.
    case failed
    /// It was cut off twice in the middle: whether it happened is not known.
    case unknown
}

/// What is stored of a job, for operators and receipts.
public struct JobRecord: Sendable, Equatable {
    public let state: JobState
    /// The last failure; empty when there was none.
    public let reason: String
    public let attempts: Int
    /// Attempts made although the effect may have happened before.
    public let repeats: Int
    /// Milliseconds since 1970.
    public let createdAt: Int
    /// Milliseconds since 1970.
    public let updatedAt: Int
}

/// Something worth counting.
public enum JobEvent: Sendable, Equatable {
    case began(JobQueue, possiblyAgain: Bool)
    case finished(JobQueue)
    case retried(JobQueue)
    case discarded(JobQueue, reason: String)
    /// Ended as ``JobState/unknown``.
    case unknown(JobQueue)
    /// The claim ran out or was taken; the attempt was cancelled.
    case lost(JobQueue)
    /// Claims of dead workers came back.
    case recovered(JobQueue, count: Int)
}
