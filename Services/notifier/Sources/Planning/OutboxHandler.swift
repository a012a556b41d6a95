import Domain
import Redis
import WireContract
import WorkQueue

/// Entries of the outbox → notifications, stored with their deliveries. Harmless to repeat: names decide.
struct OutboxHandler: Sendable {
    let rooms: RoomStore
    let planner: NotificationPlanner
    let methods: MethodPlanner
    let preferences: PreferenceStore
    let presence: Presence
    let rights: MemberRights
    let store: NotificationStore
    let roster: any Roster
    /// Milliseconds since 1970.
    let now: @Sendable () -> Int

    /// How long to leave an entry that cannot be planned because something is away.
    static let pause = Duration.seconds(1)

    /// How long an event waits for the record of its room, which another process may have read and not stored yet. Not for
    /// ever: a record may be lost with our database, and everything behind the event waits with it.
    static let patience = Duration.seconds(10)

    /// About so many notifications are stored in one go: an event of a large room has thousands, and they must neither fill
    /// a connection nor stand or fall with those of the whole batch.
    static let storedTogether = 1_000

    /// - Returns: One outcome for each, in order.
    func handle(_ entries: [StreamEntry]) async -> [JobOutcome] {
        var outcomes: [JobOutcome] = []
        // What was planned and is not stored yet: one round trip for all of it.
        var open: [Notification] = []
        var firstOpen = 0
        func store() async {
            defer { (open, firstOpen) = ([], outcomes.count) }
            do {
                for start in stride(from: 0, to: open.count, by: Self.storedTogether) {
                    try await self.store(Array(open[start..<min(start + Self.storedTogether, open.count)]))
                }
            } catch {
                for index in firstOpen..<outcomes.count where outcomes[index] == .done {
                    outcomes[index] = .retry(after: Self.pause, reason: "\(error)")
                }
            }
        }
        let events = entries.map { entry in
            RoomEvent { name in entry[name].map { Array($0.readableBytesView) } }
        }
        var planner = self.planner
        do { planner.rooms = try await self.rooms.follow(events.compactMap { $0 }) } catch {
            return entries.map { _ in .retry(after: Self.pause, reason: "\(error)") }
        }
        for event in events {
            guard let event else {
                outcomes.append(.discard(reason: "not an entry of the outbox"))
                continue
            }
            if let room = try? RoomID(event.room), planner.rooms.isUnknown(room),
                self.now() - event.producedAt < Self.patience.wholeMilliseconds
            {
                outcomes.append(.retry(after: Self.pause, reason: "the room is not known yet"))
                continue
            }
            let notifications: [Notification]
            do throws(NotificationPlanner.PlanningError) {
                notifications = try planner.notifications(for: event, now: self.now())
            } catch {
                switch error {
                case .malformed(let part): outcomes.append(.discard(reason: "malformed \(part)"))
                }
                continue
            }
            if let change = MemberChange(event) {
                // What a member was last known to have is read and written in the order of the events.
                await store()
                outcomes.append(await self.handle(change, notifications))
                firstOpen = outcomes.count
            } else {
                open += notifications
                outcomes.append(.done)
                if open.count >= Self.storedTogether { await store() }
            }
        }
        await store()
        return outcomes
    }

    private func handle(_ change: MemberChange, _ notifications: [Notification]) async -> JobOutcome {
        do {
            if try await self.rights.isKnown(change) { return .done }
            try await self.store(notifications)
            try await self.rights.note(change)
            return .done
        } catch {
            return .retry(after: Self.pause, reason: "\(error)")
        }
    }

    private func store(_ notifications: [Notification]) async throws {
        guard !notifications.isEmpty else { return }
        try await self.store.save(try await self.plans(for: notifications))
    }

    private func plans(for notifications: [Notification]) async throws -> [NotificationStore.Planned] {
        let users = notifications.map(\.user)
        let preferences = try await self.preferences.preferences(of: users)
        let online = try await self.presence.online(among: users)
        return notifications.compactMap { notification in
            let recipient = MethodPlanner.Recipient(
                preferences: preferences[notification.user] ?? NotificationPreferences(),
                isOnline: online.contains(notification.user), user: self.roster.user(notification.user))
            let plan = self.methods.methods(for: notification, to: recipient)
            // Also when no way is left: the reasons are kept.
            return plan.methods.isEmpty && plan.skipped.isEmpty ? nil : (notification, plan)
        }
    }
}
