import Domain
import Testing

@testable import Directory

struct DirectoryRecordTests {
    private func user(_ json: String) throws(DirectoryRecordError) -> DirectoryUser {
        try DirectoryRecord(json: json.utf8).user(defaultVersion: 7)
    }

    @Test("a record of two fields is a recruit named by its id, as new as its writing")
    func least() throws {
        let user = try self.user(#"{"user_id":"viper-1","squad_id":"alpha"}"#)
        #expect(user.username == "viper-1" && user.callsign == "viper-1" && user.rank == "RECRUIT")
        #expect(user.role == .recruit && user.version == 7 && user.isActive && user.email == nil)
    }

    @Test("numbers, other spellings and unknown fields are understood")
    func tolerance() throws {
        let user = try self.user(
            #"{"id":"a","squad":"b","Role":"SERGEANT","telegram":-1001234,"phone":"+49 (30) 123-4567","active":"no","#
                + #""tz":"Asia/Tokyo","version":"12","xp":{"points":3},"email":null,"name":"Ä"}"#)
        #expect(user.telegramChatID == "-1001234" && user.phone == "+49301234567" && !user.isActive)
        #expect(user.timeZone == "Asia/Tokyo" && user.version == 12 && user.role == .sergeant && user.username == "Ä")
    }

    @Test(
        "a field that cannot be believed is named",
        arguments: [
            (#"{"squad_id":"a"}"#, "user_id"), (#"{"user_id":"a:b","squad_id":"a"}"#, "user_id"),
            (#"{"user_id":"SYSTEM","squad_id":"a"}"#, "user_id"), (#"{"user_id":"a"}"#, "squad_id"),
            (#"{"user_id":"a","squad_id":"a","role":"god"}"#, "role"),
            (#"{"user_id":"a","squad_id":"a","callsign":"Eve\r\nBcc: x@y"}"#, "callsign"),
            (#"{"user_id":"a","squad_id":"a","callsign":"\u202Eevil"}"#, "callsign"),
            (#"{"user_id":"a","squad_id":"a","username":" "}"#, "username"),
            (#"{"user_id":"a","squad_id":"a","rank":["x"]}"#, "rank"),
            (#"{"user_id":"a","squad_id":"a","email":"a@b@c"}"#, "email"),
            (#"{"user_id":"a","squad_id":"a","email":"a@b>\r\nRCPT TO:<c"}"#, "email"),
            (#"{"user_id":"a","squad_id":"a","phone":"12"}"#, "phone"),
            (#"{"user_id":"a","squad_id":"a","version":-1}"#, "version"),
            (#"{"user_id":"a","squad_id":"a","version":1.5}"#, "version"),
            (#"{"user_id":"a","squad_id":"a","active":"perhaps"}"#, "active"),
            (#"{"user_id":"a","squad_id":"a","timezone":"../../etc/passwd"}"#, "timezone"),
        ])
    func refusal(json: String, field: String) {
        #expect { try self.user(json) } throws: { ($0 as? DirectoryRecordError)?.field == field }
    }

    @Test(
        "what is no JSON object is refused as a whole",
        arguments: ["", "[]", "7", #"{"user_id":"a""#, "{\"a\":\"\u{1}\"}"])
    func noObject(json: String) {
        #expect { try self.user(json) } throws: { ($0 as? DirectoryRecordError)?.field == nil }
    }

    @Test("a user survives the way through the stored document")
    func document() throws {
        let user = try DirectoryUser(
            userID: UserID("a"), username: "Ann \"A\"", callsign: "Änn-1", squadID: SquadID("b"), role: .corporal,
            rank: "CORPORAL", email: "ann@example.test", phone: "+493012345", telegramChatID: "-5",
            timeZone: "Europe/Berlin", version: 1_700_000_000_000, isActive: false)
        #expect(try DirectoryDocument.user(DirectoryDocument.encode(user)) == user)
        let profile =
            #"{"user_id":"a","username":"Ann \"A\"","callsign":"Änn-1","squad_id":"b","role":"corporal","#
            + #""rank":"CORPORAL""#
        #expect(
            String(decoding: DirectoryRecord.json(of: user), as: UTF8.self)
                == profile + #","email":"ann@example.test","phone":"+493012345","telegram_chat_id":"-5","#
                + #""timezone":"Europe/Berlin","version":1700000000000,"active":false}"#)
        #expect(String(decoding: DirectoryRecord.profile(of: user), as: UTF8.self) == profile + "}")
    }
}
