/// What is stored of a room from its creation on: what it is for, whose it is, who may enter it, how much may be said.
/// The one thing that ``RoomPolicy`` reads of a room, wherever it is asked.
public struct RoomRecord: Hashable, Sendable {
    /// Who may act in a room, by their role. The raw values are stored.
    public enum Policy: String, CaseIterable, Codable, Hashable, Sendable {
        /// Members of the room's squad, and those who command all squads.
        case squad
    }

    public let kind: RoomKind
    /// `nil` for a room that belongs to no squad.
    public let squadID: SquadID?
    public let policy: Policy
    public let limits: RoomLimits

    public init(kind: RoomKind, squadID: SquadID?, policy: Policy, limits: RoomLimits = RoomLimits()) {
        self.kind = kind
        self.squadID = squadID
        self.policy = policy
        self.limits = limits
    }

    /// Of the command room of a squad that is made today.
    public init(commandOf squad: SquadID) {
        self.init(kind: .squad, squadID: squad, policy: .squad)
    }
}

/// How much may be said in one room.
public struct RoomLimits: Hashable, Sendable {
    /// The longest message, in Unicode scalars; at most ``MessageLimits/characters``, because that is what stores and
    /// frames are made for.
    public let messageCharacters: Int

    public init(messageCharacters: Int = MessageLimits.characters) {
        self.messageCharacters = min(messageCharacters, MessageLimits.characters)
    }
}
