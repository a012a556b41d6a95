import Domain
import Testing

struct DirectoryUserTests {
    @Test(
        "no text that is shown or mailed can break out of its line",
        arguments: [
            "a\r\nBcc: x@y", "a\nb", "a\u{0}", "a\u{202E}b", "a\u{2028}b", "", String(repeating: "x", count: 65),
        ])
    func callsigns(text: String) {
        #expect(throws: DirectoryUserError.malformed(field: "callsign")) { try user(callsign: text) }
    }

    @Test(
        "an address has one @ and nothing that ends an SMTP command",
        arguments: [
            "x", "@x", "x@", "a@b@c", "a b@c", "<a@b>", "a@b\r\nDATA", "a@b,c@d", String(repeating: "x", count: 255),
        ])
    func addresses(text: String) {
        #expect(throws: DirectoryUserError.malformed(field: "email")) { try user(email: text) }
    }

    @Test("nobody is called as the suite itself")
    func reserved() {
        #expect(throws: DirectoryUserError.reservedName) { try user(id: .system) }
    }

    @discardableResult
    private func user(
        id: UserID? = nil, callsign: String = "X", email: String? = nil
    ) throws -> DirectoryUser {
        try DirectoryUser(
            userID: id ?? UserID("x"), username: "x", callsign: callsign, squadID: SquadID("alpha"), role: .recruit,
            rank: "", email: email)
    }
}
