/// A squad as the directory knows it.
public struct Squad: Hashable, Codable, Sendable {
    public let squadID: SquadID
    /// The name shown.
    public let name: String

    /// - Parameter name: Shown to people; the id when `nil`.
    public init(squadID: SquadID, name: String? = nil) {
        self.squadID = squadID
        self.name = name ?? squadID.rawValue
    }

    private enum CodingKeys: String, CodingKey {
        case squadID = "squad_id"
        case name
    }
}
