/// Who may do what in a room: the one rule that commands, the keeper of memberships, alerts and the page share. Pure.
public enum RoomPolicy {
    /// What a user may do in a room at a moment: role × room, less what sanctions take.
    ///
    /// Nobody acts in the room of a squad that is not theirs, commanders excepted; in a room that belongs to no squad
    /// only commanders act.
    ///
    /// - Parameter sanctions: Those of this user that count in this room; what has run out is passed over.
    /// - Returns: Nothing for a user who is not active.
    public static func permissions(
        of user: DirectoryUser, in room: RoomRecord, sanctions: [Sanction] = [], at now: Timestamp
    ) -> Permissions {
        guard user.isActive else { return [] }
        switch room.policy {
        case .squad:
            guard user.role == .commander || (room.squadID != nil && user.squadID == room.squadID) else { return [] }
        }
        return sanctions.filter { $0.isInForce(at: now) }.reduce(self.permissions(of: user.role)) { held, sanction in
            sanction.remaining(of: held)
        }
    }

    /// What a role may do where it acts, before any sanction.
    public static func permissions(of role: Role) -> Permissions {
        let member: Permissions = [.read, .send, .react, .upload, .report]
        return switch role {
        case .commander: .all
        case .sergeant: member.union([.history, .createRooms, .deleteMessages, .mute, .kick])
        case .corporal: member.union(.history)
        case .recruit: member
        case .observer: [.read, .history, .report]
        }
    }
}
