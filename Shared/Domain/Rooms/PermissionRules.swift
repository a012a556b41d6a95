/// Who may do what: pure rules over the directory's roles.
public enum PermissionRules {
    /// What a role may do in its own squad, before any sanction.
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

    /// What a user may do in the rooms of a squad: nobody acts in a squad that is not theirs, commanders excepted.
    ///
    /// - Parameter squad: The squad of the room; `nil` for a room that belongs to no squad, where only commanders act.
    /// - Returns: Nothing for a user who is not active.
    public static func permissions(of user: DirectoryUser, in squad: SquadID?) -> Permissions {
        guard user.isActive else { return [] }
        guard user.role == .commander || user.squadID == squad else { return [] }
        return self.permissions(of: user.role)
    }
}
