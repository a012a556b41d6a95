import Foundation
import TestSupport
import Testing

@testable import IntegrationService

struct DemoDirectoryTests {
    @Test("the demo's people are those that every kind of test signs in as")
    func people() throws {
        let known = try JSONDecoder().decode([[String: String]].self, from: Data(try Fixture.bytes("people.json")))
        let made = DemoDirectory.users.map { user in
            [
                "user_id": user.userID.rawValue, "squad_id": user.squadID.rawValue, "role": user.role.rawValue,
            ]
        }
        #expect(made == known)
    }
}
