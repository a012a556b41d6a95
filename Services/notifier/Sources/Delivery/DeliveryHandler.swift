import Logging
import Redis
import WorkQueue

/// Jobs of one method → its provider → what becomes of the jobs.
struct DeliveryHandler: Sendable {
    let provider: any DeliveryProvider
    let notices: NoticeReader
    let check: DeliveryCheck
    let retries: RetryPolicy
    /// Given back what is not used; nil for ways on which nothing is held back.
    let signalMails: SignalMails?
    private let logger: Logger
    private let outage: OutageLog

    init(
        provider: any DeliveryProvider, notices: NoticeReader, check: DeliveryCheck, retries: RetryPolicy,
        signalMails: SignalMails? = nil, logger: Logger
    ) {
        self.provider = provider
        self.notices = notices
        self.check = check
        self.retries = retries
        self.signalMails = signalMails
        self.logger = logger
        self.outage = OutageLog("nothing is delivered", metadata: ["method": "\(check.method)"], logger: logger)
    }

    /// - Returns: One result for each, in order.
    func handle(_ jobs: [Job]) async -> [JobResult] {
        let read = await self.check.stillMeant(await self.notices.notifications(for: jobs), for: jobs)
        let delivered = await self.provider.deliver(
            read.compactMap { notification in
                if case .success(let notification) = notification { notification } else { nil }
            })
        var errors = delivered[...]
        let results = zip(jobs, read).map { job, notification -> JobResult in
            let error: DeliveryError
            switch notification {
            case .failure(.notReady(let reason)):
                // Says nothing about this delivery, however often it is asked; told once for all of them.
                self.outage.failed(DeliveryError.notReady(reason))
                return self.result(of: .notReady(reason), job)
            case .failure(let failure): error = failure
            case .success:
                self.outage.succeeded()
                if job.mayHaveHappened { self.logRepeat(of: job) }
                guard let failure = errors.popFirst() else { return JobResult(.retry(after: self.retries.cap)) }
                guard let failure else { return JobResult(.done) }
                error = failure
            }
            self.logger.info(
                "not delivered",
                metadata: [
                    "notification": "\(job.id)", "method": "\(job.queue.name)", "attempt": "\(job.attempt)",
                    "error": "\(error)",
                ])
            return self.result(of: error, job)
        }
        await self.signalMails?.free(zip(jobs, results).filter { $1.isDiscarded && !$0.mayHaveHappened }.map(\.0))
        return results
    }

    private func logRepeat(of job: Job) {
        self.logger.warning(
            "delivering again what may have been delivered",
            metadata: ["notification": "\(job.id)", "method": "\(job.queue.name)", "repeats": "\(job.repeats)"])
    }

    private func result(of error: DeliveryError, _ job: Job) -> JobResult {
        switch error {
        case .recipientGone(let reason), .rejected(let reason):
            return JobResult(.discard(reason: reason))
        case .throttled(let reason, let wait):
            return JobResult(self.retries.outcome(afterAttempt: job.attempt, atLeast: wait, reason: reason))
        case .unavailable(let reason):
            return JobResult(self.retries.outcome(afterAttempt: job.attempt, reason: reason))
        case .outdated(let reason):
            return .skip(reason: reason + (job.mayHaveHappened ? "; it may have been delivered before" : ""))
        case .notReady(let reason):
            return .notTried(after: DeliveryCheck.pause, reason: reason)
        case .misconfigured(let reason):
            let wait = min(self.retries.cap, .seconds(60))
            return JobResult(self.retries.outcome(afterAttempt: job.attempt, atLeast: wait, reason: reason))
        case .uncertain(let reason):
            // Always once more: the queue counts it, and ends the second time as unknown.
            return JobResult(
                .retry(after: self.retries.delay(afterAttempt: job.attempt), reason: reason), mayHaveHappened: true)
        }
    }
}

extension JobResult {
    /// Whether the job ends and its effect has not happened, at least not in this attempt.
    fileprivate var isDiscarded: Bool {
        if case .discard = self.outcome { true } else { false }
    }
}
