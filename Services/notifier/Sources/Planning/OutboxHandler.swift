import Domain
import Logging
import Redis
import WireContract
import WorkQueue

/// One entry of the outbox → notifications, stored with their deliveries. Harmless to repeat: names decide.
struct OutboxHandler: Sendable {
    let planner: NotificationPlanner
    let methods: MethodPlanner
    let preferences: PreferenceStore
    let presence: Presence
    let rights: MemberRights
    let store: NotificationStore
    let roster: any Roster
    let logger: Logger
    /// Milliseconds since 1970.
    let now: @Sendable () -> Int

    /// How long to leave an entry that cannot be planned because something is away.
    static let pause = Duration.seconds(1)

    func handle(_ entry: StreamEntry) async -> JobOutcome {
        guard let event = RoomEvent(reading: { name in entry[name].map { Array($0.readableBytesView) } }) else {
            return .discard(reason: "not an entry of the outbox")
        }
        let notifications: [Notification]
        do throws(NotificationPlanner.PlanningError) {
            notifications = try self.planner.notifications(for: event, now: self.now())
        } catch {
            switch error {
            case .malformed(let part): return .discard(reason: "malformed \(part)")
            }
        }
        let change = MemberChange(event)
        do {
            if let change, try await self.rights.isKnown(change) { return .done }
            if !notifications.isEmpty { try await self.store.save(try await self.plans(for: notifications)) }
            if let change { try await self.rights.note(change) }
            return .done
        } catch {
            return .retry(after: Self.pause, reason: "\(error)")
        }
    }

    private func plans(
        for notifications: [Notification]
    ) async throws -> [(Notification, MethodPlanner.Plan)] {
        let users = notifications.map(\.user)
        let preferences = try await self.preferences.preferences(of: users)
        let online = try await self.presence.online(among: users)
        var plans: [(Notification, MethodPlanner.Plan)] = []
        for notification in notifications {
            let recipient = MethodPlanner.Recipient(
                preferences: preferences[notification.user] ?? NotificationPreferences(),
                isOnline: online.contains(notification.user),
                hasEmail: self.roster.user(notification.user)?.email != nil)
            let plan = self.methods.methods(for: notification, to: recipient)
            // Also when no way is left: the record says why.
            if !plan.methods.isEmpty || !plan.skipped.isEmpty { plans.append((notification, plan)) }
        }
        return plans
    }
}
