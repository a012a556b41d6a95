import Logging
import WorkQueue

/// A job of one method → its provider → what becomes of the job.
struct DeliveryHandler: Sendable {
    let provider: any DeliveryProvider
    let retries: RetryPolicy
    let logger: Logger

    func handle(_ job: Job) async -> JobResult {
        guard let notification = Notification(json: job.payload) else {
            return JobResult(.discard(reason: "the payload is no notification"))
        }
        if job.mayHaveHappened {
            self.logger.warning(
                "delivering again what may have been delivered",
                metadata: ["notification": "\(job.id)", "method": "\(job.queue.name)", "repeats": "\(job.repeats)"])
        }
        do throws(DeliveryError) {
            try await self.provider.deliver(notification)
            return JobResult(.done)
        } catch {
            let result = self.result(of: error, job)
            self.logger.info(
                "delivery failed",
                metadata: [
                    "notification": "\(job.id)", "method": "\(job.queue.name)", "attempt": "\(job.attempt)",
                    "error": "\(error)",
                ])
            return result
        }
    }

    private func result(of error: DeliveryError, _ job: Job) -> JobResult {
        switch error {
        case .recipientGone(let reason), .rejected(let reason):
            return JobResult(.discard(reason: reason))
        case .throttled(let reason, let wait):
            return JobResult(self.retries.outcome(afterAttempt: job.attempt, atLeast: wait, reason: reason))
        case .unavailable(let reason):
            return JobResult(self.retries.outcome(afterAttempt: job.attempt, reason: reason))
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
