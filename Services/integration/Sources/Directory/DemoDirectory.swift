import Domain

/// The two squads of the demo. In version 1, so that whatever an operator imports is newer and stays.
enum DemoDirectory {
    static let version = 1

    static let squads = [("alpha", "Alpha"), ("bravo", "Bravo")].compactMap { id, name in
        (try? SquadID(id)).map { Squad(squadID: $0, name: name) }
    }

    static let users = [
        ("atlas-6", "alpha", Role.commander), ("viper-1", "alpha", .sergeant), ("ghost-2", "alpha", .corporal),
        ("nomad-7", "alpha", .recruit), ("owl-3", "alpha", .observer), ("saber-1", "bravo", .sergeant),
        ("kilo-9", "bravo", .recruit),
    ].compactMap { id, squad, role -> DirectoryUser? in
        guard let userID = try? UserID(id), let squadID = try? SquadID(squad) else { return nil }
        return try? DirectoryUser(
            userID: userID, username: id, callsign: id.prefix(1).uppercased() + id.dropFirst(), squadID: squadID,
            role: role, rank: role.rawValue.uppercased(), email: "\(id)@example.test", version: Self.version)
    }
}
