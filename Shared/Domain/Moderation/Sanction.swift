/// What was taken from a user in a room, and until when.
public struct Sanction: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Codable, Hashable, Sendable {
        /// Reads on and reports, says nothing.
        case mute
        /// Has no part in the room.
        case ban
    }

    public let kind: Kind
    /// The first moment at which it does not count any more; nil until somebody lifts it.
    public let until: Timestamp?

    public init(_ kind: Kind, until: Timestamp?) {
        self.kind = kind
        self.until = until
    }

    public func isInForce(at now: Timestamp) -> Bool {
        guard let until = self.until else { return true }
        return now.milliseconds < until.milliseconds
    }

    /// What it leaves of the permissions of the one it is about.
    func remaining(of permissions: Permissions) -> Permissions {
        switch self.kind {
        case .mute: permissions.intersection([.read, .history, .report])
        case .ban: []
        }
    }
}
