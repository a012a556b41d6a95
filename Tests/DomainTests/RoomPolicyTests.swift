import Domain
import Testing

struct RoomPolicyTests {
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
        #expect(try self.permissions(role).names == names)
    }

    @Test("in another squad, or in none, only a commander may do anything", arguments: Role.allCases)
    func other(role: Role) throws {
        let expected: Permissions = role == .commander ? .all : []
        #expect(try self.permissions(role, in: RoomRecord(commandOf: SquadID("bravo"))) == expected)
        let ofNoSquad = RoomRecord(kind: .squad, squadID: nil, policy: .squad)
        #expect(try self.permissions(role, in: ofNoSquad) == expected)
    }

    @Test("a retired user may do nothing, whatever the role", arguments: Role.allCases)
    func retired(role: Role) throws {
        #expect(try self.permissions(role, isActive: false).isEmpty)
    }

    @Test("who is muted reads on and may report; who is banned has no part in the room", arguments: Role.allCases)
    func sanctioned(role: Role) throws {
        let before = try self.permissions(role)
        let muted = try self.permissions(role, sanctions: [Sanction(.mute, until: nil)])
        #expect(muted == before.intersection([.read, .history, .report]))
        #expect(try self.permissions(role, sanctions: [Sanction(.ban, until: nil)]).isEmpty)
        let both = [Sanction(.ban, until: Self.now), Sanction(.mute, until: nil)]
        #expect(try self.permissions(role, sanctions: both) == muted, "the ban has run out")
    }

    @Test("a sanction ends at its moment, not after it")
    func end() {
        let sanction = Sanction(.mute, until: Self.now)
        #expect(sanction.isInForce(at: Timestamp(milliseconds: Self.now.milliseconds - 1)))
        #expect(!sanction.isInForce(at: Self.now))
    }

    @Test("an id tells of its room when it is a squad's")
    func rooms() throws {
        let room = try #require(Room(RoomID("squad_alpha")))
        #expect(room == Room(commandOf: try SquadID("alpha")))
        #expect(room.name == "Squad alpha Command")
        #expect(room.welcome == "🎯 Squad alpha tactical channel established. Welcome, operatives!")
        #expect(Room(try RoomID("lobby")) == nil)
    }

    private static let now = Timestamp(milliseconds: 1_795_000_000_000)

    private func permissions(
        _ role: Role, in room: RoomRecord? = nil, isActive: Bool = true, sanctions: [Sanction] = []
    ) throws -> Permissions {
        let user = try DirectoryUser(
            userID: UserID("u"), username: "u", callsign: "U", squadID: SquadID("alpha"), role: role, rank: "",
            isActive: isActive)
        return RoomPolicy.permissions(
            of: user, in: room ?? RoomRecord(commandOf: user.squadID), sanctions: sanctions, at: Self.now)
    }

    @Test("the table covers every role")
    func complete() {
        #expect(Self.ownSquad.map(\.0) == Role.allCases)
    }

    @Test("roles are in order of command")
    func order() {
        #expect(Role.allCases.sorted(by: >) == [.commander, .sergeant, .corporal, .recruit, .observer])
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
