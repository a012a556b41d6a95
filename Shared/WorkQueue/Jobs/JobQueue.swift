public import Redis

/// The keys of one queue of jobs, and the acts on it. Each act is one script, so a crash leaves a whole state behind.
///
/// ```text
/// enqueue → waiting ─take→ held (attempt) ─settle→ sent
///    │         ▲             │ run out      ├────→ due ─time→ waiting
///    └→ due    └─────────────┘              └────→ failed, dead letters
/// ```
public struct JobQueue: Hashable, Sendable {
    /// How long the end of a job is remembered: within this time a job of the same name is not added again.
    public static let lifetime = Duration.seconds(7 * 86_400)
    /// Jobs that may wait in one queue before ``enqueue(_:)`` refuses.
    public static let bound = 100_000

    /// The name in logs and metrics: `email`.
    public let name: String
    /// The start of every key; holds the hash tag: `sc:{n3}:email`.
    public let prefix: String
    /// Jobs that ended without success (stream).
    public let dead: String

    /// - Parameters:
    ///   - name: The name in logs and metrics.
    ///   - prefix: The start of every key, with one hash tag in braces.
    ///   - dead: The stream of dead letters; same hash tag.
    public init(name: String, prefix: String, dead: String) {
        precondition(prefix.contains("{") && prefix.contains("}"), "a queue's keys share one slot")
        self.name = name
        self.prefix = prefix
        self.dead = dead
    }

    /// Every job that has not ended: id → state, token and payload (hash).
    public var jobs: String { "\(self.prefix):jobs" }
    /// Ids that wait for a worker (list).
    public var waiting: String { "\(self.prefix):waiting" }
    /// Ids of jobs under way → end of the claim in ms since 1970 (sorted set).
    public var held: String { "\(self.prefix):held" }
    /// Id → when it is due in ms since 1970 (sorted set).
    public var due: String { "\(self.prefix):due" }
    /// Dead letters that are to be tried again, put here by ``DeadLetters/replay(_:)`` (stream).
    public var replay: String { "\(self.prefix):replay" }
    /// How the jobs of a group ended: name in the group → state (hash, lives ``lifetime``).
    public func ended(_ group: String) -> String { "\(self.prefix):ended:\(group)" }

    /// The keys of all its jobs, with the types that they have.
    public var keys: [BrokenKeys.Key] {
        [
            (self.jobs, "hash"), (self.waiting, "list"), (self.held, "zset"), (self.due, "zset"), (self.dead, "stream"),
            (self.replay, "stream"),
        ]
    }

    /// The keys that remember how a job ended, with their types.
    public func keys(ofEnd job: NewJob) -> [BrokenKeys.Key] {
        [(self.ended(JobName(job.id).group), "hash"), (self.former.job(job.formerID ?? job.id), "hash")]
    }

    /// What an enqueue did.
    public enum Enqueued: Int, Sendable {
        case added = 1
        /// A job of that name exists or existed within ``lifetime``.
        case known = 0
        /// The queue is at its bound: try later.
        case full = -1
    }

    /// The script call that adds jobs unless their names are known; read its reply by ``enqueued(_:)``.
    public func enqueue(_ jobs: [NewJob]) -> RedisScript.Call { EnqueueJobs(queue: self, jobs: jobs).call }

    /// Reads the reply of ``enqueue(_:)``: one for each job.
    public static func enqueued(_ reply: RedisValue) throws(RedisError) -> [Enqueued] {
        let answers = (reply.array ?? []).compactMap(\.int).compactMap { Enqueued(rawValue: $0) }
        guard !answers.isEmpty, answers.count == reply.array?.count else { throw .unexpectedReply("enqueue_jobs") }
        return answers
    }

    /// Takes up what ``DeadLetters/replay(_:)`` has put into ``replay``: a job that failed, or whose end is forgotten,
    /// begins again with the payload of the letter.
    ///
    /// - Returns: How many letters were taken up.
    func takeReplays(redis: RedisClient) async throws(RedisError) -> Int {
        var count = 0
        for entry in try await redis.xrange(self.replay, count: 100) {
            if let id = entry.string("id"), let payload = entry["payload"] {
                var job = NewJob(id: id, payload: Array(payload.readableBytesView))
                job.isAgain = true
                for reply in try await redis.evaluate([self.enqueue([job])]) {
                    // At the bound: the entry stays for the next look.
                    if try Self.enqueued(try reply.get()) == [.full] { return count }
                }
                count += 1
            }
            // Last: interrupted before this line the entry is taken up again, which changes nothing.
            try await redis.xdel(self.replay, [entry.id])
        }
        return count
    }
}
