import Domain
import NIOConcurrencyHelpers
import Testing

@testable import NotifierService

/// Who may be called in a squad is worked out when somebody has changed, not for each message.
struct ReaderIndexTests {
    /// A roster that counts how often everybody was asked for.
    private final class CountingRoster: Roster, Sendable {
        private let state: NIOLockedValueBox<(users: [DirectoryUser], version: Int, asked: Int)>

        init(_ users: [DirectoryUser]) { self.state = NIOLockedValueBox((users, 1, 0)) }

        let isReady = true
        var version: Int { self.state.withLockedValue { $0.version } }
        var asked: Int { self.state.withLockedValue { $0.asked } }
        func user(_ id: UserID) -> DirectoryUser? { self.state.withLockedValue { $0.users.first { $0.userID == id } } }
        func users() -> [DirectoryUser] {
            self.state.withLockedValue {
                $0.asked += 1
                return $0.users
            }
        }
        func change(_ users: [DirectoryUser]) {
            self.state.withLockedValue {
                $0.users = users
                $0.version += 1
            }
        }
    }

    @Test("many mentions among many people look through the directory once for each squad")
    func once() throws {
        let users = try (0..<2_000).map { try sampleUser("user-\($0)", squad: $0 % 2 == 0 ? "alpha" : "bravo") }
        let roster = CountingRoster(users)
        let planner = NotificationPlanner(roster: roster, fresh: .seconds(300))
        for sequence in 1...200 {
            let told = try planner.notifications(
                for: sampleEvent("hey @user-\(sequence * 2)", sequence: sequence), now: 1_000_500)
            #expect(told.map(\.user.rawValue) == ["user-\(sequence * 2)"])
        }
        #expect(roster.asked == 1)
        let other = sampleEvent("@user-7", from: "user-9", room: "squad_bravo")
        #expect(try planner.notifications(for: other, now: 1_000_500).map(\.user.rawValue) == ["user-7"])
        #expect(roster.asked == 2)
    }

    @Test("who joins, leaves or is called otherwise is found under what is true now, from the next message on")
    func changes() throws {
        let roster = CountingRoster([try sampleUser("ghost-2"), try sampleUser("owl-3")])
        let planner = NotificationPlanner(roster: roster, fresh: .seconds(300))
        func told(_ text: String, _ sequence: Int) throws -> [String] {
            try planner.notifications(for: sampleEvent(text, sequence: sequence), now: 1_000_500).map(\.user.rawValue)
        }
        #expect(try told("@ghost-2 @nomad-7", 1) == ["ghost-2"])
        roster.change([
            try sampleUser("ghost-2", callsign: "Wraith", username: "wraith"), try sampleUser("nomad-7"),
            try sampleUser("owl-3", isActive: false),
        ])
        #expect(try told("@ghost-2 @nomad-7 @owl-3", 2) == ["nomad-7"])
        #expect(try told("@wraith", 3) == ["ghost-2"])
        #expect(try told("@all", 4).sorted() == ["ghost-2", "nomad-7"])
    }
}
