/// A room: where messages are in one order. Who may do what there its record decides (``RoomPolicy``).
public struct Room: Hashable, Sendable {
    public let roomID: RoomID
    /// The name shown.
    public let name: String
    public let record: RoomRecord

    public init(roomID: RoomID, name: String, record: RoomRecord) {
        self.roomID = roomID
        self.name = name
        self.record = record
    }

    /// The command room of a squad, named as the original names it: `Squad <id> Command`.
    public init(commandOf squad: SquadID) {
        self.init(roomID: RoomID(squad: squad), name: "Squad \(squad) Command", record: RoomRecord(commandOf: squad))
    }

    /// The room that its id alone describes: a squad's, as it is made at its first use, and as rooms were before they
    /// had records. `nil` for every other id.
    public init?(_ roomID: RoomID) {
        guard let squad = roomID.squad else { return nil }
        self.init(commandOf: squad)
    }

    /// The first line of the room, as the original writes it.
    public var welcome: String {
        switch self.record.kind {
        case .squad:
            "🎯 Squad \(self.record.squadID?.rawValue ?? "") tactical channel established. Welcome, operatives!"
        }
    }
}
