public import Redis

/// The keys of one queue of jobs, and the acts on it. Each act is one script, so a crash leaves a whole state behind.
///
/// ```text
/// enqueue → ready ─claim→ claims ─begin→ (attempt) ─finish→ sent
///             ▲             │ run out         ├─retry──→ scheduled ─due→ ready
///             └─────────────┘                 └─discard→ failed, dead letters
/// ```
public struct JobQueue: Hashable, Sendable {
    /// What a state is kept for: within this time a job of the same name is not added again.
    public static let lifetime = Duration.seconds(7 * 86_400)
    /// Jobs that may wait in one queue before ``enqueue(id:payload:)`` refuses.
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

    /// Ids that wait for a worker (list).
    public var ready: String { "\(self.prefix):ready" }
    /// Id → end of the claim in ms since 1970 (sorted set).
    public var claims: String { "\(self.prefix):claims" }
    /// Id → token of the claim's owner (hash).
    public var owners: String { "\(self.prefix):owners" }
    /// Id → when it is due in ms since 1970 (sorted set).
    public var scheduled: String { "\(self.prefix):scheduled" }
    /// Dead letters that are to be tried again, put here by ``DeadLetters/replay(_:)`` (stream).
    public var replay: String { "\(self.prefix):replay" }
    /// State and payload of one job (hash, lives ``lifetime``).
    public func job(_ id: String) -> String { "\(self.prefix):job:\(id)" }

    /// What an enqueue did.
    public enum Enqueued: Sendable, Equatable {
        case added
        /// A job of that name exists or existed within ``lifetime``.
        case known
        /// The queue is at its bound: try later.
        case full
    }

    /// The script call that adds a job unless its name is known; read its reply by ``enqueued(_:)``.
    public func enqueue(id: String, payload: [UInt8]) -> RedisScript.Call {
        RedisScript.Call(
            JobScripts.enqueue, keys: [self.job(id), self.ready],
            arguments: [
                RedisArgument(id), RedisArgument(payload), RedisArgument(Int(Self.lifetime.components.seconds)),
                RedisArgument(Self.bound),
            ])
    }

    /// Reads the reply of ``enqueue(id:payload:)``.
    public static func enqueued(_ reply: RedisValue) throws(RedisError) -> Enqueued {
        switch reply.int {
        case 1: .added
        case 0: .known
        case -1: .full
        default: throw RedisError.unexpectedReply("enqueue_job")
        }
    }

    /// What is stored of a job; nil when it is not known.
    public func record(_ id: String, redis: RedisClient) async throws(RedisError) -> JobRecord? {
        let fields = try await redis.send(RedisCommand("HGETALL", RedisArgument(self.job(id)))).map()
        guard let state = fields["state"]?.string.flatMap({ JobState(rawValue: $0) }) else { return nil }
        func number(_ name: String) -> Int { fields[name]?.string.flatMap { Int($0) } ?? 0 }
        return JobRecord(
            state: state, reason: fields["reason"]?.string ?? "", attempts: number("attempts"),
            repeats: number("repeats"), createdAt: number("created_at"), updatedAt: number("updated_at"))
    }

    /// Gives a failed or unknown job a fresh start.
    ///
    /// - Returns: false when the job is not known any more, or did not fail.
    func restart(_ id: String, redis: RedisClient) async throws(RedisError) -> Bool {
        try await redis.evaluate(
            JobScripts.replay, keys: [self.job(id), self.ready], arguments: [RedisArgument(id)]
        ).int == 1
    }

    /// Takes up what ``DeadLetters/replay(_:)`` has put into ``replay``. A job whose state is forgotten is made again
    /// from the letter.
    ///
    /// - Returns: How many jobs were given a fresh start.
    func takeReplays(redis: RedisClient) async throws(RedisError) -> Int {
        var count = 0
        for entry in try await redis.xrange(self.replay, count: 100) {
            if let id = entry.string("id") {
                let isKnown = try await self.restart(id, redis: redis)
                if !isKnown, let payload = entry["payload"] {
                    let call = self.enqueue(id: id, payload: Array(payload.readableBytesView))
                    for reply in try await redis.evaluate([call]) {
                        // At the bound: the entry stays for the next look.
                        if try Self.enqueued(try reply.get()) == .full { return count }
                    }
                }
                count += 1
            }
            // Last: interrupted before this line the entry is taken up again, which changes nothing.
            try await redis.xdel(self.replay, [entry.id])
        }
        return count
    }
}

/// The scripts of the job queues.
enum JobScripts {
    static let enqueue = RedisScript(name: "enqueue_job", source: PackageResources.enqueue_job_lua)
    static let claim = RedisScript(name: "claim_jobs", source: PackageResources.claim_jobs_lua)
    static let begin = RedisScript(name: "begin_job", source: PackageResources.begin_job_lua)
    static let renew = RedisScript(name: "renew_claim", source: PackageResources.renew_claim_lua)
    static let finish = RedisScript(name: "finish_job", source: PackageResources.finish_job_lua)
    static let retry = RedisScript(name: "retry_job", source: PackageResources.retry_job_lua)
    static let discard = RedisScript(name: "discard_job", source: PackageResources.discard_job_lua)
    static let moveDue = RedisScript(name: "move_due", source: PackageResources.move_due_lua)
    static let replay = RedisScript(name: "replay_job", source: PackageResources.replay_job_lua)
}
