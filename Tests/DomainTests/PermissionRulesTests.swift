import Domain
import Testing

struct PermissionRulesTests {
    /// The seed's permission matrix, with the observer of the issue; columns are those of ``Permissions``.
    static let ownSquad: [(Role, [String])] = [
        (
            .commander,
            [
                "read", "send", "react", "upload", "history", "create_rooms", "delete_messages", "mute", "kick", "ban",
                "report", "announce",
            ]
        ),
        (
            .sergeant,
            [
                "read", "send", "react", "upload", "history", "create_rooms", "delete_messages", "mute", "kick",
                "report",
            ]
        ),
        (.corporal, ["read", "send", "react", "upload", "history", "report"]),
        (.recruit, ["read", "send", "react", "upload", "report"]),
        (.observer, ["read", "history", "report"]),
    ]

    @Test("a member of the squad may do what the matrix says, and nothing else", arguments: ownSquad)
    func own(role: Role, names: [String]) throws {
        let user = try member(role)
        #expect(PermissionRules.permissions(of: user, in: user.squadID).names == names)
    }

    @Test("in another squad, or in none, only a commander may do anything", arguments: Role.allCases)
    func other(role: Role) throws {
        let user = try member(role)
        let expected: Permissions = role == .commander ? .all : []
        #expect(PermissionRules.permissions(of: user, in: try SquadID("bravo")) == expected)
        #expect(PermissionRules.permissions(of: user, in: nil) == expected)
    }

    @Test("a retired user may do nothing, whatever the role", arguments: Role.allCases)
    func retired(role: Role) throws {
        let user = try member(role, isActive: false)
        #expect(PermissionRules.permissions(of: user, in: user.squadID).isEmpty)
    }

    @Test("the table covers every role")
    func complete() {
        #expect(Self.ownSquad.map(\.0) == Role.allCases)
    }

    @Test("roles are in order of command")
    func order() {
        #expect(Role.allCases.sorted(by: >) == [.commander, .sergeant, .corporal, .recruit, .observer])
    }

    private func member(_ role: Role, isActive: Bool = true) throws -> DirectoryUser {
        try DirectoryUser(
            userID: UserID("u"), username: "u", callsign: "U", squadID: SquadID("alpha"), role: role, rank: "",
            isActive: isActive)
    }
}

struct PermissionsTests {
    @Test("the bits on the wire never change")
    func bits() {
        let bits: [(Permissions, Int)] = [
            (.read, 1), (.send, 2), (.react, 4), (.upload, 8), (.history, 16), (.createRooms, 32),
            (.deleteMessages, 64), (.mute, 128), (.kick, 256), (.ban, 512), (.report, 1_024), (.announce, 2_048),
        ]
        for (permission, bit) in bits { #expect(permission.rawValue == bit) }
        #expect(Permissions.all.rawValue == 4_095)
    }

    @Test("names go there and back; unknown ones are passed over")
    func names() {
        #expect(Permissions(names: Permissions.all.names) == .all)
        #expect(Permissions(names: ["send", "fly"]) == .send)
        #expect(Permissions(rawValue: 1 << 40).names.isEmpty)
    }
}
