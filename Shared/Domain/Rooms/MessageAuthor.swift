/// Who wrote a message, as they were when they wrote it.
public struct MessageAuthor: Hashable, Sendable {
    public let userID: UserID
    public let username: String
    public let callsign: String
    public let squadID: SquadID
    public let rank: String
    /// `nil` for the suite itself, which has no role.
    public let role: Role?

    public init(
        userID: UserID, username: String, callsign: String, squadID: SquadID, rank: String, role: Role?
    ) {
        self.userID = userID
        self.username = username
        self.callsign = callsign
        self.squadID = squadID
        self.rank = rank
        self.role = role
    }

    /// The suite itself: `BITTEN Command`, shown as `HQ`.
    public static let system = MessageAuthor(
        userID: .system, username: "BITTEN Command", callsign: "HQ", squadID: .system, rank: "COMMAND", role: nil)
}
