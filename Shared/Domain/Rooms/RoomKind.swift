/// What a room is for. The raw values are stored.
public enum RoomKind: String, CaseIterable, Codable, Hashable, Sendable {
    /// The command room of one squad.
    case squad
}
