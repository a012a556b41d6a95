import Domain
import Testing

@testable import Directory

struct DirectoryStateTests {
    private func user(_ id: String, callsign: String? = nil, squad: String = "alpha") throws -> DirectoryUser {
        try DirectoryUser(
            userID: UserID(id), username: id, callsign: callsign ?? id, squadID: SquadID(squad), role: .recruit,
            rank: "RECRUIT")
    }

    @Test("a user who changes squad and callsign is found under the new ones only")
    func moves() throws {
        var state = DirectoryState()
        _ = state.put(try self.user("kim", callsign: "Ghost"))
        let moved = try self.user("kim", callsign: "Raven", squad: "bravo")
        let change = state.put(moved)
        #expect(try change == .user(before: self.user("kim", callsign: "Ghost"), after: moved))
        #expect(try state.users(in: SquadID("alpha")).isEmpty)
        #expect(try state.users(in: SquadID("bravo")) == [moved])
        #expect(state.users(named: "ghost").isEmpty)
        #expect(state.users(named: "RAVEN") == [moved] && state.users(named: "Kim") == [moved])
    }

    @Test("a callsign of two users finds both")
    func namesakes() throws {
        let (a, b) = (try self.user("a", callsign: "Fox"), try self.user("b", callsign: "fox", squad: "bravo"))
        let state = DirectoryState(users: [b, a], squads: [])
        #expect(state.users(named: "FOX") == [a, b])
    }

    @Test("the same entry again is no change")
    func repeated() throws {
        var state = DirectoryState(users: [try self.user("a")], squads: [])
        let change = state.put(try self.user("a"))
        #expect(change == nil)
    }

    @Test("differences name what came, what changed and what went")
    func differences() throws {
        let alpha = Squad(squadID: try SquadID("alpha"), name: "Alpha")
        let old = DirectoryState(users: [try self.user("gone"), try self.user("kept")], squads: [alpha])
        let new = DirectoryState(users: [try self.user("kept"), try self.user("come")], squads: [])
        let changes = new.changes(since: old)
        #expect(changes.count == 3)
        #expect(try changes.contains(.user(before: self.user("gone"), after: nil)))
        #expect(try changes.contains(.user(before: nil, after: self.user("come"))))
        #expect(changes.contains(.squad(before: alpha, after: nil)))
    }
}
