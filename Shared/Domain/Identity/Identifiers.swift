public enum RoomSubject: IdentifierSubject { public static let maximumLength = 64 }
public enum UserSubject: IdentifierSubject { public static let maximumLength = 64 }
/// 58, not 64: the room of a squad is `squad_<squad>` and must itself be an identifier.
public enum SquadSubject: IdentifierSubject { public static let maximumLength = 58 }
public enum SignalSubject: IdentifierSubject { public static let maximumLength = 128 }
/// 128: the name of a notification is made from a signal's or a user's.
public enum NotificationSubject: IdentifierSubject { public static let maximumLength = 128 }

/// Names a room.
public typealias RoomID = Identifier<RoomSubject>
/// Names a user.
public typealias UserID = Identifier<UserSubject>
/// Names a squad; at most 58 bytes, so that every squad has a room.
public typealias SquadID = Identifier<SquadSubject>
/// Names a trading signal, as the engine does; at most 128 bytes.
public typealias SignalID = Identifier<SignalSubject>
/// Names a notification; at most 128 bytes.
public typealias NotificationID = Identifier<NotificationSubject>

extension Identifier where Subject == UserSubject {
    /// The suite itself, as the author of system lines and signals. No person may sign in under this name.
    public static let system = Self(unchecked: "SYSTEM")
}

extension Identifier where Subject == SquadSubject {
    /// The squad of ``Identifier/system``, the suite itself.
    public static let system = Self(unchecked: "SYSTEM")
}

extension Identifier where Subject == RoomSubject {
    private static var squadPrefix: String { "squad_" }

    /// The command room of a squad, `squad_<squad>`: the one room a squad has.
    public init(squad: SquadID) {
        self.init(unchecked: Self.squadPrefix + squad.rawValue)
    }

    /// The squad whose command room this is; `nil` for a room of another kind.
    public var squad: SquadID? {
        guard self.rawValue.hasPrefix(Self.squadPrefix) else { return nil }
        return try? SquadID(self.rawValue.dropFirst(Self.squadPrefix.count))
    }
}
