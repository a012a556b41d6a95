import Redis

/// The scripts of the job queues. Each has a type that makes its keys and arguments from named fields.
enum JobScripts {
    static let enqueue = script("enqueue_jobs", PackageResources.enqueue_jobs_lua)
    static let take = script("take_jobs", PackageResources.take_jobs_lua)
    static let settle = script("settle_jobs", PackageResources.settle_jobs_lua)
    static let renew = script("renew_claims", PackageResources.renew_claims_lua)
    static let moveDue = script("move_due", PackageResources.move_due_lua)
    static let adopt = script("adopt_job", PackageResources.adopt_job_lua)

    /// What works off jobs runs at the memory limit too: a queue that nobody may empty would stay full.
    private static func script(_ name: String, _ body: [UInt8], head: String = "#!lua flags=allow-oom\n") -> RedisScript
    {
        RedisScript(name: name, source: Array(head.utf8) + PackageResources.part_job_lua + body)
    }

    /// A reason is one line.
    static func line(_ text: String) -> RedisArgument {
        RedisArgument(text.contains(where: \.isNewline) ? String(text.map { $0.isNewline ? " " : $0 }) : text)
    }
}

/// Adds jobs unless their names are known.
struct EnqueueJobs {
    let queue: JobQueue
    let jobs: [NewJob]
    var bound = JobQueue.bound

    var call: RedisScript.Call {
        var keys = [self.queue.jobs, self.queue.waiting, self.queue.due]
        var arguments = [RedisArgument(self.bound), RedisArgument(Int(JobQueue.lifetime.components.seconds))]
        for job in self.jobs {
            let name = JobName(job.id)
            keys += [self.queue.ended(name.group), self.queue.former.job(job.formerID ?? job.id)]
            arguments += [
                RedisArgument(job.id), RedisArgument(name.member), RedisArgument(job.payload),
                RedisArgument(job.notBefore ?? 0), JobScripts.line(job.skipped ?? ""),
                RedisArgument(job.isAgain ? 1 : 0),
            ]
        }
        return RedisScript.Call(JobScripts.enqueue, keys: keys, arguments: arguments)
    }
}

/// Claims jobs and begins them.
struct TakeJobs {
    let queue: JobQueue
    let count: Int
    let owner: String
    let lease: Duration
    /// How often a job may be repeated although it may have happened.
    let repeats: Int

    var call: RedisScript.Call {
        RedisScript.Call(
            JobScripts.take, keys: [self.queue.jobs, self.queue.waiting, self.queue.held],
            arguments: [
                RedisArgument(self.count), RedisArgument(self.owner), RedisArgument(self.lease.wholeMilliseconds),
                RedisArgument(self.repeats),
            ])
    }

    /// What was taken.
    struct Answer {
        /// Jobs that wait still.
        var left = 0
        var jobs: [Job] = []
        /// Cut off too often: they are to be ended as unknown.
        var spent: [Job] = []
    }

    func answer(_ reply: RedisValue) throws(RedisError) -> Answer {
        guard let parts = reply.array, let left = parts.first?.int else { throw .unexpectedReply("take_jobs") }
        var answer = Answer(left: left)
        for part in parts.dropFirst() {
            guard let fields = part.array, fields.count == 5, let id = fields[0].string, let payload = fields[1].buffer,
                let attempt = fields[2].int, let repeats = fields[3].int, let isSpent = fields[4].int
            else { throw .unexpectedReply("take_jobs") }
            let job = Job(
                queue: self.queue, id: id, payload: Array(payload.readableBytesView), attempt: attempt,
                repeats: repeats)
            if isSpent == 1 { answer.spent.append(job) } else { answer.jobs.append(job) }
        }
        return answer
    }
}

/// Records what became of attempts.
struct SettleJobs {
    /// What became of one attempt.
    struct Settlement: Sendable {
        let claim: JobClaim
        let state: JobState
        var wait = Duration.zero
        var reason = ""
        var isAttempt = true

        /// What an attempt's result is for the queue.
        init(_ claim: JobClaim, _ result: JobResult) {
            self.claim = claim
            self.isAttempt = result.isAttempt
            switch result.outcome {
            case .done: self.state = .sent
            case .retry(let wait, let reason):
                self.state = result.mayHaveHappened ? .sending : .planned
                self.wait = max(.zero, wait)
                self.reason = reason
            case .discard(let reason):
                self.state = result.isSkipped ? .skipped : .failed
                self.reason = reason
            }
        }

        /// The end of a job that was cut off too often.
        init(spent claim: JobClaim) {
            self.claim = claim
            self.state = .unknown
            self.reason = "cut off again after a repeat: whether it happened is not known"
        }

        /// The keys that recording it needs.
        var keys: [BrokenKeys.Key] {
            let queue = self.claim.queue
            return queue.keys + [(queue.ended(JobName(self.claim.id).group), "hash")]
        }

        /// What is told of it once it is recorded.
        var event: JobEvent {
            switch self.state {
            case .planned, .sending: .retried(self.claim.queue)
            case .sent: .finished(self.claim.queue)
            case .failed: .discarded(self.claim.queue, reason: self.reason)
            case .skipped: .skipped(self.claim.queue, reason: self.reason)
            case .unknown: .unknown(self.claim.queue)
            }
        }
    }

    let queue: JobQueue
    let settlements: [Settlement]

    var call: RedisScript.Call {
        var keys = [self.queue.jobs, self.queue.held, self.queue.due, self.queue.dead]
        var arguments = [
            RedisArgument(Int(JobQueue.lifetime.components.seconds)), RedisArgument(self.queue.prefix),
            RedisArgument(self.queue.replay),
        ]
        for settlement in self.settlements {
            let name = JobName(settlement.claim.id)
            keys.append(self.queue.ended(name.group))
            arguments += [
                RedisArgument(settlement.claim.id), RedisArgument(name.member), RedisArgument(settlement.claim.owner),
                RedisArgument(settlement.state.rawValue), RedisArgument(settlement.wait.wholeMilliseconds),
                JobScripts.line(settlement.reason), RedisArgument(settlement.isAttempt ? 1 : 0),
            ]
        }
        return RedisScript.Call(JobScripts.settle, keys: keys, arguments: arguments)
    }
}

/// Lengthens claims.
struct RenewClaims {
    let queue: JobQueue
    let claims: [JobClaim]
    let lease: Duration

    var call: RedisScript.Call {
        RedisScript.Call(
            JobScripts.renew, keys: [self.queue.jobs, self.queue.held],
            arguments: [RedisArgument(self.lease.wholeMilliseconds)]
                + self.claims.flatMap { [RedisArgument($0.id), RedisArgument($0.owner)] })
    }
}

/// Brings back what is due.
struct MoveDue {
    let queue: JobQueue
    var most = 1_000

    var call: RedisScript.Call {
        RedisScript.Call(
            JobScripts.moveDue, keys: [self.queue.due, self.queue.held, self.queue.waiting],
            arguments: [RedisArgument(self.most)])
    }
}

/// One claim on one job. Every act checks the token, so a worker that woke too late changes nothing.
struct JobClaim: Sendable, Hashable {
    let queue: JobQueue
    let id: String
    let owner: String
}

/// `<group>/<member>`.
struct JobName {
    let group: String
    let member: String

    init(_ id: String) {
        let slash = id.lastIndex(of: "/")
        self.group = slash.map { String(id[..<$0]) } ?? id
        self.member = slash.map { String(id[id.index(after: $0)...]) } ?? ""
    }
}
