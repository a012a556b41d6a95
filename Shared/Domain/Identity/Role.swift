/// What a user is in their squad, highest first. Comes from the directory or a signed token, never from a request.
public enum Role: String, CaseIterable, Codable, Hashable, Sendable {
    /// Commands every squad.
    case commander
    /// Leads and moderates their own squad.
    case sergeant
    /// A senior member.
    case corporal
    /// A new member.
    case recruit
    /// Reads, and does nothing else.
    case observer
}

extension Role: Comparable {
    public static func < (left: Role, right: Role) -> Bool { left.height < right.height }

    private var height: Int {
        switch self {
        case .commander: 4
        case .sergeant: 3
        case .corporal: 2
        case .recruit: 1
        case .observer: 0
        }
    }
}
