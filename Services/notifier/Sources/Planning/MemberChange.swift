import Domain
import JSON
import Redis
import WireContract
import WorkQueue

/// What an event says about one member's rights in a room.
struct MemberChange: Sendable, Equatable {
    let user: UserID
    let room: String
    /// Nil when the member lost the room.
    let rights: Permissions?

    /// Nil for events that are about something else.
    init?(_ event: RoomEvent) {
        guard let user = try? UserID(event.user) else { return nil }
        switch event.event {
        case Publication.Event.memberAdded:
            guard let role = (try? JSONValue(parsing: event.json))?["role"]?.string.flatMap({ Role(rawValue: $0) })
            else { return nil }
            self.rights = RoomPolicy.permissions(of: role)
        case Publication.Event.memberUpdated:
            guard case .rights(let bits) = event.flag else { return nil }
            self.rights = Permissions(rawValue: bits)
        case Publication.Event.memberRemoved:
            self.rights = nil
        default: return nil
        }
        self.user = user
        self.room = event.room
    }
}

/// The rights that members were last known to have. A member's event comes for a new callsign too, and only a change of
/// rights is worth a notice; where nothing is known, one is given.
struct MemberRights: Sendable {
    let redis: RedisClient
    let broken: BrokenKeys

    /// Whether nothing has changed for the member.
    func isKnown(_ change: MemberChange) async throws -> Bool {
        guard let rights = change.rights else { return false }
        let known = try await self.send(
            RedisCommand("HGET", RedisArgument(Self.key(change)), RedisArgument(change.room)), change)
        return known.string == String(rights.rawValue)
    }

    /// To be called once the notice is stored: interrupted before it, the notice is planned again under the same name.
    func note(_ change: MemberChange) async throws {
        let key = Self.key(change)
        guard let rights = change.rights else {
            _ = try await self.send(RedisCommand("HDEL", RedisArgument(key), RedisArgument(change.room)), change)
            return
        }
        let call = NoteRights(key: key, room: change.room, rights: Int(rights.rawValue)).call
        _ = try await self.broken.persist([(key, "hash")]) {
            for reply in try await self.redis.evaluate([call]) { _ = try reply.get() }
        }
    }

    private func send(_ command: RedisCommand, _ change: MemberChange) async throws -> RedisValue {
        try await self.broken.persist([(Self.key(change), "hash")]) { try await self.redis.send(command) }
    }

    private static func key(_ change: MemberChange) -> String {
        NotifierKeys.rights(of: change.user, slot: NotifierKeys.slot(of: change.user))
    }
}

extension NotificationPlanner {
    /// What the one whom a member's event is about is told: nothing of the entrance, everything else.
    func notice(of change: MemberChange, in event: RoomEvent, isLate: Bool) throws(PlanningError) -> Notification? {
        guard event.event != Publication.Event.memberAdded else { return nil }
        let member: JSONValue
        do { member = try JSONValue(parsing: event.json) } catch { throw .malformed("member: \(error)") }
        let name = self.room(of: event)?.name ?? event.room
        let (title, message): (String, String)
        if let rights = change.rights {
            let role = member["role"]?.string.map { "You are \($0) now. " } ?? ""
            let names = rights.names.map { $0.replacing("_", with: " ") }.joined(separator: ", ")
            title = "Your rights in \(name) have changed"
            message = "\(role)Allowed: \(names.isEmpty ? "nothing" : names)."
        } else {
            let reason = OneLine.text(member["reason"]?.string ?? "", limit: 100)
            title = "Removed from \(name)"
            message = "The room is closed to you" + (reason.isEmpty ? "." : ": \(reason).")
        }
        let notice = Notice(
            id: Notice.identifier(
                room: event.room, epoch: event.epoch, sequence: event.sequence, kind: .moderationAction),
            kind: .moderationAction, title: title, message: message, priority: .urgent, room: event.room, source: "",
            messageID: nil, createdAt: event.producedAt, isLate: isLate)
        return self.notification(event, notice, for: change.user)
    }
}
