import Domain
import Metrics
import Redis
import WireContract
import WorkQueue

/// Puts what was planned into Redis: each text once, and for each person the deliveries.
struct NotificationStore: Sendable {
    typealias Planned = (notification: Notification, plan: MethodPlanner.Plan)

    let redis: RedisClient
    let broken: BrokenKeys
    /// Hears of each text: most are delivered at once, by the same process.
    let notices: NoticeReader
    /// At most one mail about signals to one user in this time.
    let signalMailInterval: Duration
    /// Wakes the workers of a method.
    let signals: [DeliveryMethod: JobSignal]

    /// Why notifications could not be stored; all of them are tried again.
    enum StoreError: Error {
        case queueFull(String)
    }

    /// Jobs of one script call: one call must not hold up Redis.
    private static let jobsInOneCall = 100

    /// Stores each text and enqueues the deliveries, and why others are not made; what is known already stays as it is.
    ///
    /// In this order: a text without its deliveries is completed when the outbox entry is read again.
    ///
    /// What somebody has put in the place of one person's key, or of a queue's, is set aside: nobody waits for it.
    func save(_ plans: [Planned]) async throws {
        try await self.broken.persist(self.keys(of: plans)) { try await self.write(plans) }
    }

    /// The notifier's own keys that ``save(_:)`` needs.
    private func keys(of plans: [Planned]) -> [BrokenKeys.Key] {
        var keys: [BrokenKeys.Key] = []
        for (queue, jobs) in self.jobs(plans) { keys += queue.keys + jobs.flatMap { queue.keys(ofEnd: $0) } }
        for user in plans.map(\.notification.user) {
            keys.append((NotifierKeys.signalMail(user: user, slot: NotifierKeys.slot(of: user)), "string"))
        }
        return keys
    }

    private func write(_ plans: [Planned]) async throws {
        let plans = try await self.limitSignalMails(plans)
        let notices = Dictionary(plans.map { ($0.notification.notice.id, $0.notification.notice) }) { first, _ in first
        }
        let texts = notices.values.map { notice in
            KeepOnce(
                key: RedisNames.notice(notice.id.rawValue), text: notice.json,
                milliseconds: RedisNames.noticeSeconds * 1_000
            ).call
        }
        for reply in try await self.redis.evaluate(texts) { _ = try reply.get() }
        self.notices.remember(notices)

        let calls = self.jobs(plans).flatMap { queue, jobs in
            stride(from: 0, to: jobs.count, by: Self.jobsInOneCall).map { start in
                (queue: queue, jobs: Array(jobs[start..<min(start + Self.jobsInOneCall, jobs.count)]))
            }
        }
        let replies = try await self.redis.evaluate(calls.map { $0.queue.enqueue($0.jobs) })
        var added: [String: [JobQueue: Int]] = [:]
        var full: JobQueue?
        for ((queue, jobs), reply) in zip(calls, replies) {
            for (job, outcome) in zip(jobs, try JobQueue.enqueued(try reply.get())) {
                if outcome == .full { full = queue }
                if outcome == .added, job.skipped == nil { added[queue.name, default: [:]][queue, default: 0] += 1 }
            }
        }
        for (name, queues) in added {
            Counter(label: "squadchat_notifier_planned_total", dimensions: [("method", name)])
                .increment(by: queues.values.reduce(0, +))
            DeliveryMethod(rawValue: name).flatMap { self.signals[$0] }?.notify(queues)
        }
        if let full { throw StoreError.queueFull(full.prefix) }
    }

    private func jobs(_ plans: [Planned]) -> [JobQueue: [NewJob]] {
        var jobs: [JobQueue: [NewJob]] = [:]
        for (notification, plan) in plans {
            let slot = NotifierKeys.slot(of: notification.user)
            let id = notification.id.rawValue
            for method in plan.methods {
                jobs[NotifierKeys.queue(method, slot: slot), default: []].append(
                    NewJob(id: notification.job, payload: Array(id.utf8), formerID: id))
            }
            for (method, reason) in plan.skipped {
                jobs[NotifierKeys.queue(method, slot: slot), default: []].append(
                    NewJob(id: notification.job, skipped: reason, formerID: id))
            }
        }
        return jobs
    }

    /// Takes the mail out of the plan where the user got one about a signal a moment ago.
    private func limitSignalMails(_ plans: [Planned]) async throws(RedisError) -> [Planned] {
        let asked = plans.filter { $0.notification.kind == .tradeSignal && $0.plan.methods.contains(.email) }
            .map(\.notification)
        guard !asked.isEmpty else { return plans }
        let replies = try await self.redis.evaluate(
            asked.map { notification in
                KeepOnce(
                    key: NotifierKeys.signalMail(
                        user: notification.user, slot: NotifierKeys.slot(of: notification.user)),
                    text: Array(notification.id.rawValue.utf8),
                    milliseconds: self.signalMailInterval.wholeMilliseconds
                ).call
            })
        var refused: Set<NotificationID> = []
        for (notification, reply) in zip(asked, replies) {
            // Our own id: the same outbox entry, read again.
            if let holder = try reply.get().string, holder != notification.id.rawValue {
                refused.insert(notification.id)
            }
        }
        return plans.map { notification, plan in
            guard refused.contains(notification.id) else { return (notification, plan) }
            var plan = plan
            plan.methods.removeAll { $0 == .email }
            plan.skipped.append((.email, "another signal was mailed lately"))
            return (notification, plan)
        }
    }
}
