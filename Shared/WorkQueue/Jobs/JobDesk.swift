/// What a worker has in hand: which queues hold something, which attempts are under way, what ended and is not recorded
/// yet. Without I/O.
struct JobDesk {
    /// One attempt whose claim is ours.
    struct Attempt {
        let claim: JobClaim
        /// As far as we know the claim is ours until then.
        var validUntil: ContinuousClock.Instant
        let batch: Int
    }

    /// What ended, and until when recording it is worth trying.
    struct Ending: Sendable {
        let settlement: SettleJobs.Settlement
        let until: ContinuousClock.Instant
    }

    /// Attempts that run together.
    private struct Batch {
        var task: Task<[JobResult], Never>?
        var attempts: [Int?]
    }

    private(set) var attempts: [Int: Attempt] = [:]
    private var batches: [Int: Batch] = [:]
    private var endings: [Ending] = []
    private var nextNumber = 0
    /// Queues in the order of their turns, with the number of jobs that wait there, about.
    private var line: [(queue: JobQueue, waiting: Int)] = []

    /// Attempts under way.
    var running: Int { self.attempts.count }
    var hasEndings: Bool { !self.endings.isEmpty }

    /// Somebody says that jobs wait.
    mutating func note(_ queues: [JobQueue: Int]) {
        for (queue, waiting) in queues.shuffled() {
            if let place = self.line.firstIndex(where: { $0.queue == queue }) {
                self.line[place].waiting = max(self.line[place].waiting, waiting)
            } else {
                self.line.append((queue, waiting))
            }
        }
    }

    /// Says of which queues to take how many, in all at most `room`. A queue is out of the line until its answer comes.
    mutating func plan(room: Int) -> [(queue: JobQueue, count: Int)] {
        var left = room
        var plan: [(queue: JobQueue, count: Int)] = []
        while left > 0, let next = self.line.first {
            self.line.removeFirst()
            let count = min(left, next.waiting)
            guard count > 0 else { continue }
            left -= count
            plan.append((next.queue, count))
        }
        return plan
    }

    /// - Returns: The number of the batch.
    mutating func begin(_ claims: [JobClaim], validUntil: ContinuousClock.Instant) -> Int {
        self.nextNumber += 1
        let batch = self.nextNumber
        var numbers: [Int?] = []
        for claim in claims {
            self.nextNumber += 1
            numbers.append(self.nextNumber)
            self.attempts[self.nextNumber] = Attempt(claim: claim, validUntil: validUntil, batch: batch)
        }
        self.batches[batch] = Batch(attempts: numbers)
        return batch
    }

    /// Whether the claims of a batch, which are of one age, are over before it begins: a process that was frozen meanwhile
    /// must not send what another has sent.
    func isLate(_ batch: Int, at now: ContinuousClock.Instant) -> Bool {
        let numbers = self.batches[batch]?.attempts.compactMap { $0 } ?? []
        return !numbers.allSatisfy { number in self.attempts[number].map { now < $0.validUntil } ?? false }
    }

    /// The batch never began.
    mutating func drop(_ batch: Int) {
        for number in self.batches.removeValue(forKey: batch)?.attempts ?? [] {
            if let number { self.attempts[number] = nil }
        }
    }

    /// - Returns: Whether all claims of the batch were lost before it came this far.
    mutating func started(_ batch: Int, _ task: Task<[JobResult], Never>) -> Bool {
        self.batches[batch]?.task = task
        return self.batches[batch]?.attempts.allSatisfy { $0 == nil } ?? true
    }

    /// The batch has ended; what was lost of it counts for nothing.
    mutating func ended(_ batch: Int, _ results: [JobResult], until: ContinuousClock.Instant) {
        guard let ended = self.batches.removeValue(forKey: batch) else { return }
        for (number, result) in zip(ended.attempts, results) {
            guard let number, let attempt = self.attempts.removeValue(forKey: number) else { continue }
            self.endings.append(Ending(settlement: .init(attempt.claim, result), until: until))
        }
    }

    mutating func add(_ endings: [Ending]) { self.endings += endings }

    mutating func takeEndings() -> [Ending] {
        defer { self.endings.removeAll(keepingCapacity: true) }
        return self.endings
    }

    mutating func renewed(_ number: Int, validUntil: ContinuousClock.Instant) {
        self.attempts[number]?.validUntil = validUntil
    }

    /// A claim is not ours any more.
    ///
    /// - Returns: What to cancel: the attempts that ran together, once none of them is ours.
    mutating func lost(_ number: Int) -> (wasRunning: Bool, task: Task<[JobResult], Never>?) {
        guard let attempt = self.attempts.removeValue(forKey: number), var batch = self.batches[attempt.batch] else {
            return (false, nil)
        }
        batch.attempts = batch.attempts.map { $0 == number ? nil : $0 }
        self.batches[attempt.batch] = batch
        return (true, batch.attempts.allSatisfy { $0 == nil } ? batch.task : nil)
    }
}
