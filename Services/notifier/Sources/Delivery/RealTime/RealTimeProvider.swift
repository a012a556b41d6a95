import Domain
import Redis
import WireContract
import WorkQueue

/// To every open page of the user, and into the inbox for those that open later.
struct RealTimeProvider: DeliveryProvider {
    let redis: RedisClient

    func deliver(_ notifications: [Notification]) async -> [DeliveryError?] {
        // The mark makes it once for all attempts, so an unanswered script is simply run again.
        do throws(RedisError) {
            return try await self.redis.evaluate(notifications.map { GiveNotification($0).call }).map { reply in
                if case .failure(let error) = reply { .unavailable("\(error)") } else { nil }
            }
        } catch {
            return notifications.map { _ in .unavailable("\(error)") }
        }
    }
}

/// Gives one notification to its user.
private struct GiveNotification {
    let notification: Notification

    private static let script = RedisScript(
        name: "deliver_real_time", source: PackageResources.deliver_real_time_lua)

    init(_ notification: Notification) {
        self.notification = notification
    }

    var call: RedisScript.Call {
        let (id, user) = (self.notification.id, self.notification.user)
        return RedisScript.Call(
            Self.script,
            keys: [
                RedisNames.inbox(user: user.rawValue), NotifierKeys.given(user: user),
                NotifierKeys.formerlyGiven(id, user: user), RedisNames.personal(user: user.rawValue),
            ],
            arguments: [
                RedisArgument(PersonalEvent.Event.notification), RedisArgument(id.rawValue),
                RedisArgument(self.notification.isWhole ? "" : self.notification.notice.id.rawValue),
                RedisArgument(self.notification.json),
                RedisArgument(PersonalEvent.inboxLength), RedisArgument(String(id.rawValue.suffix(16))),
                RedisArgument(Int(JobQueue.lifetime.components.seconds)),
            ])
    }
}
