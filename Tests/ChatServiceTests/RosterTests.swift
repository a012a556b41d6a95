import Domain
import Redis
import TestSupport
import Testing
import WireContract

@testable import ChatService

struct RosterTests {
    private func place(_ user: String) -> Roster.Place {
        Roster.Place(user: user, profile: Array(#""user_id":"\#(user)""#.utf8))
    }

    private func names(_ range: ClosedRange<Int>) -> [String] { range.map { "u\(1_000 + $0)" } }

    private func roster(present: [String], absent: [String]) -> Roster {
        Roster(version: 7, present: present.map(self.place), absent: absent.map(self.place))
    }

    private func list(_ roster: Roster, for asker: String, isPresent: Bool = true) -> String {
        String(decoding: roster.json(for: self.place(asker), isPresent: isPresent), as: UTF8.self)
    }

    private func enter(_ roster: inout Roster, _ user: String, _ version: Int, isPresent: Bool = true) -> Bool {
        roster.entered(Rosters.Entrance(place: self.place(user), isPresent: isPresent, version: version))
    }

    @Test("who is there comes first, by name; who enters stands where a list read anew has them")
    func entrances() {
        var roster = self.roster(present: ["b"], absent: ["d", "c"])
        #expect(
            self.list(roster, for: "b")
                == #"[{"user_id":"b","online":true},{"user_id":"c","online":false},{"user_id":"d","online":false}]"#)
        #expect(self.enter(&roster, "d", 8) && self.enter(&roster, "a", 9))
        #expect(self.enter(&roster, "e", 10, isPresent: false))
        let anew = self.roster(present: ["d", "a", "b"], absent: ["e", "c"])
        #expect(self.list(roster, for: "a") == self.list(anew, for: "a"))
        #expect(roster.version == 10)
    }

    @Test("an entrance that is known already changes nothing; one after something unknown ends the list")
    func versions() {
        var roster = self.roster(present: ["b"], absent: ["c"])
        #expect(self.enter(&roster, "c", 7) && roster.version == 7)
        #expect(self.list(roster, for: "b").contains(#""c","online":false"#))
        #expect(!self.enter(&roster, "c", 9))
    }

    @Test("of more than 500 the list has 500, the asker among them, and who is away makes room first")
    func bound() {
        var roster = self.roster(present: self.names(1...300), absent: self.names(301...700))
        #expect(roster.count == 500)
        #expect(self.enter(&roster, "new", 8) && roster.count == 500)
        let list = self.list(roster, for: "another")
        #expect(list.contains(#""new","online":true"#) && list.contains(#""another","online":true"#))
        #expect(list.components(of: "user_id") == 500 && list.components(of: "true") == 302)
        #expect(roster.count == 500, "the asker alone is shown so")
        var full = self.roster(present: self.names(1...500), absent: [])
        #expect(self.enter(&full, "new", 8))
        #expect(self.list(full, for: "new").components(of: "user_id") == 500)
        #expect(self.list(full, for: "new").contains(#""new","online":true"#))
    }
}

extension String {
    /// How often a text is in it.
    fileprivate func components(of text: String) -> Int { self.ranges(of: text).count }
}

/// The lists that joins answer, against what a holder would read that knows nothing.
@Suite(.timeLimit(.minutes(2)))
struct KeptRosterTests {
    @Test("a list that was kept through joins, leaving, removal and other rights is what Redis holds")
    func truth() async throws {
        let server = try await RedisServer.start()
        let directory = try FakeDirectory()
        var limits = ChatLimits(partitions: 1)
        limits.graceMilliseconds = 50
        let chat = try await ChatProcess(server.url, folder: server.directory, directory: directory, limits: limits)
        let gateway = try await TestGateway(server.url, rooms: ["squad_alpha"])
        func list(_ user: String) async throws -> [String] {
            let members = try #require(try await gateway.join(user, socket: "of-\(user)").json?["members"]?.elements())
            return members.map { member in
                let role = member["role"]?.string ?? ""
                return "\(member["user_id"]?.string ?? "") \(role) \(member["online"]?.boolean ?? false)"
            }
        }
        func happened(_ event: String) async { await eventually { gateway.events.contains { $0.event == event } } }
        #expect(try await list("viper-1") == ["viper-1 sergeant true"])
        #expect(try await list("ghost-2") == ["ghost-2 corporal true", "viper-1 sergeant true"])
        #expect(
            try await list("nomad-7") == ["ghost-2 corporal true", "nomad-7 recruit true", "viper-1 sergeant true"])
        _ = try await gateway.ask(.leave, "squad_alpha", user: "ghost-2", socket: "of-ghost-2")
        await happened("user_left")
        #expect(
            try await list("viper-1") == ["nomad-7 recruit true", "viper-1 sergeant true", "ghost-2 corporal false"])
        try directory.put("nomad-7", .corporal, squad: "alpha", version: 2)
        await happened("member_updated")
        #expect(
            try await list("viper-1") == ["nomad-7 corporal true", "viper-1 sergeant true", "ghost-2 corporal false"])
        try directory.put("nomad-7", .corporal, squad: "bravo", version: 3)
        await happened("member_removed")
        #expect(try await list("ghost-2") == ["ghost-2 corporal true", "viper-1 sergeant true"])
        try server.flushAll()
        var after: [String] = []
        await eventually(within: .seconds(20)) {
            try await gateway.hear()
            after = try await list("owl-3")
            return true
        }
        #expect(after.first == "owl-3 observer true")
        await chat.stop()
    }
}
