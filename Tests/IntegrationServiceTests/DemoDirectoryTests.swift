import TestSupport
import Testing

@testable import IntegrationService

struct DemoDirectoryTests {
    @Test("the demo's people are those that every kind of test signs in as")
    func people() {
        let made = DemoDirectory.users.map { [$0.userID.rawValue, $0.squadID.rawValue, $0.role.rawValue] }
        #expect(made == People.all.map { [$0.userID, $0.squadID, $0.role] })
    }
}
