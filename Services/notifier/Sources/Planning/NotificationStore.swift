import Domain
import Metrics
import Redis
import WorkQueue

/// Notifications in Redis: what was planned, and through the queues' jobs what became of it.
struct NotificationStore: Sendable {
    let redis: RedisClient
    /// At most one mail about signals to one user in this time.
    let signalMailInterval: Duration
    /// Wakes the workers of a method.
    let signals: [DeliveryMethod: JobSignal]

    /// Why notifications could not be stored; all of them are tried again.
    enum StoreError: Error {
        case queueFull(String)
    }

    /// Stores each notification and enqueues its deliveries; what is known already stays as it is.
    ///
    /// In this order: a notification without its deliveries is completed when the outbox entry is read again.
    func save(_ plans: [(Notification, MethodPlanner.Plan)]) async throws {
        let plans = try await self.limitSignalMails(plans)
        var writes: [RedisCommand] = []
        var calls: [(queue: JobQueue, call: RedisScript.Call)] = []
        for (notification, plan) in plans {
            let slot = NotifierKeys.slot(of: notification.user)
            let json = notification.json
            writes.append(
                RedisCommand(
                    "SET", RedisArgument(NotifierKeys.notification(notification.id, slot: slot)),
                    RedisArgument(NotificationDocument(json: json, plan: plan).encoded), "NX", "EX",
                    RedisArgument(Int(JobQueue.lifetime.components.seconds))))
            for method in plan.methods {
                let queue = NotifierKeys.queue(method, slot: slot)
                calls.append((queue, queue.enqueue(id: notification.id.rawValue, payload: json)))
            }
        }
        for reply in try await self.redis.pipeline(writes) { _ = try reply.get() }
        for ((queue, _), reply) in zip(calls, try await self.redis.evaluate(calls.map(\.call))) {
            switch try JobQueue.enqueued(try reply.get()) {
            case .added:
                Counter(label: "squadchat_notifier_planned_total", dimensions: [("method", queue.name)]).increment()
            case .known: break
            case .full: throw StoreError.queueFull(queue.prefix)
            }
        }
        for method in Set(plans.flatMap(\.1.methods)) { self.signals[method]?.notify() }
    }

    /// Takes the mail out of the plan where the user got one about a signal a moment ago.
    private func limitSignalMails(
        _ plans: [(Notification, MethodPlanner.Plan)]
    ) async throws(RedisError) -> [(Notification, MethodPlanner.Plan)] {
        let asked = plans.filter { $0.0.kind == .tradeSignal && $0.1.methods.contains(.email) }.map(\.0)
        guard !asked.isEmpty else { return plans }
        let replies = try await self.redis.pipeline(
            asked.map { notification in
                RedisCommand(
                    "SET",
                    RedisArgument(
                        NotifierKeys.signalMail(
                            user: notification.user, slot: NotifierKeys.slot(of: notification.user))),
                    RedisArgument(notification.id.rawValue), "NX", "GET", "PX",
                    RedisArgument(Int(self.signalMailInterval / .milliseconds(1))))
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
            plan.skipped.append((.email, "another signal was mailed a short while ago"))
            return (notification, plan)
        }
    }

    /// The record of original-wire §6 with what has become of each delivery; nil when it is not known.
    func record(_ id: NotificationID, of user: UserID) async throws(RedisError) -> [UInt8]? {
        let slot = NotifierKeys.slot(of: user)
        let stored = try await self.redis.send(
            RedisCommand("GET", RedisArgument(NotifierKeys.notification(id, slot: slot))))
        guard let buffer = stored.buffer, var document = NotificationDocument(stored: Array(buffer.readableBytesView))
        else { return nil }
        for method in DeliveryMethod.allCases where document.statuses.contains(where: { $0.method == method }) {
            if let job = try await NotifierKeys.queue(method, slot: slot).record(id.rawValue, redis: self.redis) {
                document.set(method, job)
            }
        }
        return document.encoded
    }
}
