/// A room: where messages are in one order. What it is decides who may do what there (``RoomPolicy``).
public struct Room: Hashable, Sendable {
    public let roomID: RoomID
    public let kind: RoomKind
    /// The squad whose members may enter; `nil` for a room that belongs to no squad.
    public let squadID: SquadID?
    /// The name shown.
    public let name: String

    public init(roomID: RoomID, kind: RoomKind, squadID: SquadID?, name: String) {
        self.roomID = roomID
        self.kind = kind
        self.squadID = squadID
        self.name = name
    }

    /// The command room of a squad, named as the original names it: `Squad <id> Command`.
    public init(commandOf squad: SquadID) {
        self.init(roomID: RoomID(squad: squad), kind: .squad, squadID: squad, name: "Squad \(squad) Command")
    }

    /// The room that its id alone describes: a squad's. `nil` for every other id.
    public init?(_ roomID: RoomID) {
        guard let squad = roomID.squad else { return nil }
        self.init(commandOf: squad)
    }

    /// The first line of the room, as the original writes it.
    public var welcome: String {
        switch self.kind {
        case .squad: "🎯 Squad \(self.squadID?.rawValue ?? "") tactical channel established. Welcome, operatives!"
        }
    }
}
