public import Domain
public import JSON

/// `{"kind":"squad","squad_id":"alpha","policy":"squad","limits":{"message_characters":2000}}`: in `room_created`, in
/// Redis and in the archive.
extension RoomRecord {
    public var encoded: [UInt8] {
        var limits = JSONWriter(capacity: 64)
        limits.field("message_characters", self.limits.messageCharacters)
        var json = JSONWriter(capacity: 128)
        json.field("kind", self.kind.rawValue)
        json.field("squad_id", self.squadID?.rawValue)
        json.field("policy", self.policy.rawValue)
        json.field("limits", raw: limits.finish())
        return json.finish()
    }

    /// Reads ``encoded``. Fields of a newer release are passed over; a kind or a policy that this one does not know makes
    /// it nil: who guesses what a room is may open it to the wrong people.
    public init?(_ json: JSONValue) {
        guard let kind = json["kind"]?.string.flatMap({ RoomKind(rawValue: $0) }),
            let policy = json["policy"]?.string.flatMap({ Policy(rawValue: $0) }),
            let characters = json["limits"]?["message_characters"]?.integer, characters > 0,
            let squad = json["squad_id"]
        else { return nil }
        let squadID = squad.string.flatMap { try? SquadID($0) }
        guard squadID != nil || squad.isNull else { return nil }
        self.init(
            kind: kind, squadID: squadID, policy: policy, limits: RoomLimits(messageCharacters: characters))
    }
}
