import Domain
import WorkQueue

/// Whether what was planned is still to be told, asked at every attempt: the first may come late, the next hours later.
struct DeliveryCheck: Sendable {
    let method: DeliveryMethod
    let freshness: Freshness
    let rooms: RoomStore
    let preferences: PreferenceStore
    let roster: any Roster
    /// Milliseconds since 1970.
    let now: @Sendable () -> Int

    /// A first attempt within this time follows the plan: what the plan asked a moment ago is not asked again.
    static let planHolds = 5_000
    static let pause = Duration.seconds(1)

    /// - Parameter read: One for each job.
    /// - Returns: The same in order, with the reason instead of what is not to be told now. What has become late says so.
    func stillMeant(
        _ read: [Result<Notification, DeliveryError>], for jobs: [Job]
    ) async -> [Result<Notification, DeliveryError>] {
        // Before the directory is loaded nobody has an address or a right.
        guard self.roster.isReady else {
            return read.map { _ in .failure(.notReady("the directory is not loaded")) }
        }
        let now = self.now()
        let delayed = zip(jobs, read).compactMap { job, result -> Notification? in
            guard case .success(let notification) = result else { return nil }
            return self.isDelayed(job, notification, now) ? notification : nil
        }
        let chosen: [UserID: NotificationPreferences]
        let rooms: KnownRooms
        do {
            chosen = delayed.isEmpty ? [:] : try await self.preferences.preferences(of: delayed.map(\.user))
            rooms = delayed.isEmpty ? KnownRooms() : try await self.rooms.rooms(delayed.map(\.room))
        } catch {
            return read.map { result in result.flatMap { _ in .failure(.notReady("\(error)")) } }
        }
        // Many of a batch are told the same.
        var staleness: [NoticeID: String?] = [:]
        return zip(jobs, read).map { job, result in
            guard case .success(var notification) = result else { return result }
            let id = notification.notice.id
            let reason = staleness[id] ?? self.freshness.staleness(of: notification.notice, now: now)
            staleness.updateValue(reason, forKey: id)
            if let reason { return .failure(.outdated(reason)) }
            if self.isDelayed(job, notification, now) {
                if !self.mayStillRead(notification, in: rooms, now) {
                    return .failure(.outdated("the room is closed to this person"))
                }
                if let chosen = chosen[notification.user],
                    !MethodPlanner.wanted(notification.kind, by: chosen).contains(self.method)
                {
                    return .failure(.outdated("turned off by this person"))
                }
            }
            if self.freshness.isLate(notification.createdAt, now: now) { notification.isLate = true }
            return .success(notification)
        }
    }

    private func isDelayed(_ job: Job, _ notification: Notification, _ now: Int) -> Bool {
        job.attempt > 1 || now - notification.createdAt > Self.planHolds
    }

    /// What concerns one's own rights is told to those above all who have lost them.
    private func mayStillRead(_ notification: Notification, in rooms: KnownRooms, _ now: Int) -> Bool {
        if notification.kind == .moderationAction { return true }
        guard let user = self.roster.user(notification.user),
            let room = (try? RoomID(notification.room)).flatMap(rooms.room)
        else { return false }
        return RoomPolicy.permissions(of: user, in: room.record, at: Timestamp(milliseconds: Int64(now)))
            .contains(.read)
    }
}
