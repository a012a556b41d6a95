/// A room: where messages are in one order.
public struct Room: Hashable, Sendable {
    public let roomID: RoomID
    /// The squad whose members may enter; `nil` for a room that belongs to no squad.
    public let squadID: SquadID?
    /// The name shown.
    public let name: String

    public init(roomID: RoomID, squadID: SquadID?, name: String) {
        self.roomID = roomID
        self.squadID = squadID
        self.name = name
    }

    /// The command room of a squad, named as the original names it: `Squad <id> Command`.
    public init(commandOf squad: SquadID) {
        self.init(roomID: RoomID(squad: squad), squadID: squad, name: "Squad \(squad) Command")
    }

    /// The first line in a squad's command room, as the original writes it.
    public static func welcome(to squad: SquadID) -> String {
        "🎯 Squad \(squad) tactical channel established. Welcome, operatives!"
    }
}
