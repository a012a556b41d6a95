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

/// A job for a queue.
public struct NewJob: Sendable {
    /// What becomes of it makes a repeat harmless. `<group>/<member>`: the ends of one group are kept together, which is
    /// much smaller than each by itself; without a `/` it is a group of its own.
    public var id: String
    public var payload: [UInt8]
    /// Milliseconds since 1970, by Redis' clock; nil = at once.
    public var notBefore: Int?
    /// Why it is not to be done at all: only that is noted. One line.
    public var skipped: String?
    /// The name under which an earlier release may have known the same job.
    public var formerID: String?
    /// Whether an end without success is forgotten: somebody asks for a fresh start.
    var isAgain = false

    public init(
        id: String, payload: [UInt8] = [], notBefore: Int? = nil, skipped: String? = nil, formerID: String? = nil
    ) {
        self.id = id
        self.payload = payload
        self.notBefore = notBefore
        self.skipped = skipped
        self.formerID = formerID
    }
}

/// What an attempt came to.
public struct JobResult: Sendable, Equatable {
    public let outcome: JobOutcome
    /// With ``JobOutcome/retry(after:reason:)``: the effect may have happened although nobody said so. Such a job gets
    /// one more try, counted; after that it ends as `unknown`.
    public let mayHaveHappened: Bool
    /// With ``JobOutcome/discard(reason:)``: nothing has failed, it is not to be done any more. No dead letter.
    let isSkipped: Bool
    /// Whether it counts in ``Job/attempt``.
    let isAttempt: Bool

    public init(_ outcome: JobOutcome, mayHaveHappened: Bool = false) {
        self.init(outcome, mayHaveHappened: mayHaveHappened, isSkipped: false, isAttempt: true)
    }

    private init(_ outcome: JobOutcome, mayHaveHappened: Bool, isSkipped: Bool, isAttempt: Bool) {
        self.outcome = outcome
        self.mayHaveHappened = mayHaveHappened
        self.isSkipped = isSkipped
        self.isAttempt = isAttempt
    }

    /// Nothing was tried, for a reason that says nothing about the job: this was no attempt.
    ///
    /// - Parameters:
    ///   - wait: The least wait before the job is taken again.
    ///   - reason: One line.
    public static func notTried(after wait: Duration, reason: String) -> JobResult {
        JobResult(.retry(after: wait, reason: reason), mayHaveHappened: false, isSkipped: false, isAttempt: false)
    }

    /// The job has lost its purpose since it was added: it ends as ``JobState/skipped``.
    ///
    /// - Parameter reason: One line.
    public static func skip(reason: String) -> JobResult {
        JobResult(.discard(reason: reason), mayHaveHappened: false, isSkipped: true, isAttempt: true)
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
    /// It was not to be done from the start, or is not any more; the reason says why.
    case skipped
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
    public let updatedAt: Int

    /// Reads an active job, or an ended one: both begin with the same four words.
    init?(reading bytes: [UInt8], isEnded: Bool) {
        let lines = String(decoding: bytes, as: UTF8.self)
            .split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
        let words = lines[0].split(separator: " ", maxSplits: 4, omittingEmptySubsequences: false)
        guard words.count == 5, let state = JobState(rawValue: String(words[0])), let attempts = Int(words[1]),
            let repeats = Int(words[2]), let updatedAt = Int(words[3])
        else { return nil }
        self.state = state
        self.attempts = attempts
        self.repeats = repeats
        self.updatedAt = updatedAt
        self.reason = isEnded ? String(words[4]) : lines.count > 1 ? String(lines[1]) : ""
    }
}

/// Something worth counting.
public enum JobEvent: Sendable, Equatable {
    case began(JobQueue, possiblyAgain: Bool)
    case finished(JobQueue)
    case retried(JobQueue)
    case discarded(JobQueue, reason: String)
    /// Not to be done any more.
    case skipped(JobQueue, reason: String)
    /// Ended as ``JobState/unknown``.
    case unknown(JobQueue)
    /// The claim ran out or was taken; the attempt was cancelled.
    case lost(JobQueue)
    /// Claims of dead workers came back.
    case recovered(JobQueue, count: Int)
}
