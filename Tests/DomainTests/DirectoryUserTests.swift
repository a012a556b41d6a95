import Domain
import Foundation
import Testing

struct DirectoryUserTests {
    @Test("the directory's JSON is read and written the same")
    func roundTrip() throws {
        let user = try DirectoryUser(
            userID: UserID("viper-1"), username: "viper", callsign: "Viper-1", squadID: SquadID("alpha"),
            role: .sergeant, rank: "Sergeant", email: "viper-1@example.test", phone: "+15550001", telegramChatID: "42",
            timeZone: "Asia/Tokyo", version: 7, isActive: false)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = try encoder.encode(user)
        #expect(
            String(decoding: json, as: UTF8.self)
                == #"{"active":false,"callsign":"Viper-1","email":"viper-1@example.test","phone":"+15550001","#
                + #""rank":"Sergeant","role":"sergeant","squad_id":"alpha","telegram_chat_id":"42","#
                + #""timezone":"Asia/Tokyo","user_id":"viper-1","username":"viper","version":7}"#)
        #expect(try JSONDecoder().decode(DirectoryUser.self, from: json) == user)
    }

    @Test("three fields are enough; the others have sensible values")
    func minimal() throws {
        let json = #"{"user_id":"kilo-9","squad_id":"bravo","role":"recruit"}"#
        let user = try JSONDecoder().decode(DirectoryUser.self, from: Data(json.utf8))
        #expect(user.callsign == "kilo-9")
        #expect(user.rank == "Recruit")
        #expect(user.isActive && user.version == 0 && user.email == nil)
    }

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
