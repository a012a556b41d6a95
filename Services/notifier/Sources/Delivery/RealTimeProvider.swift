import Domain
import Redis
import WireContract

/// To every open page of the user, and into the inbox for those that open later.
struct RealTimeProvider: DeliveryProvider {
    let redis: RedisClient

    private static let markLifetime = 7 * 86_400
    private static let script = RedisScript(
        name: "deliver_real_time", source: PackageResources.deliver_real_time_lua)

    func deliver(_ notification: Notification) async throws(DeliveryError) {
        let user = notification.user.rawValue
        do throws(RedisError) {
            // The mark makes it once for all attempts, so an unanswered script is simply run again.
            _ = try await self.redis.evaluate(
                Self.script,
                keys: [
                    RedisNames.inbox(user: user), NotifierKeys.given(notification.id, user: notification.user),
                    RedisNames.personal(user: user),
                ],
                arguments: [
                    RedisArgument(PersonalEvent.Event.notification), RedisArgument(notification.json),
                    RedisArgument(PersonalEvent.inboxLength), RedisArgument(Self.markLifetime),
                ])
        } catch {
            throw .unavailable("\(error)")
        }
    }
}
