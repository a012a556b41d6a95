import Domain
import Foundation
import Testing

struct IdentifierTests {
    @Test(
        "every allowed character and length is taken as it is",
        arguments: ["a", "Z", "0", "_", "-", "a.b", "...", "Viper-1_x.9", String(repeating: "x", count: 64)])
    func accepted(text: String) throws {
        #expect(try UserID(text).rawValue == text)
    }

    @Test(
        "everything else is refused",
        arguments: [
            "", ".", "..", "a b", "a:b", "{a}", "a/b", "a\n", "a\0", "ä", "ａ", "a*", "a?",
            String(repeating: "x", count: 65),
        ])
    func refused(text: String) {
        #expect(throws: IdentifierError.self) { try UserID(text) }
    }

    @Test("a refusal carries no more than the beginning of what was refused")
    func excerptOnly() {
        #expect(throws: IdentifierError.malformed(String(repeating: "x", count: 80))) {
            try UserID(String(repeating: "x", count: 1_000_000))
        }
    }

    @Test("a signal's name may have 128 bytes, a squad's 58")
    func lengths() throws {
        #expect(throws: Never.self) { try SignalID(String(repeating: "s", count: 128)) }
        #expect(throws: IdentifierError.self) { try SignalID(String(repeating: "s", count: 129)) }
        let squad = try SquadID(String(repeating: "s", count: 58))
        #expect(throws: IdentifierError.self) { try SquadID(String(repeating: "s", count: 59)) }
        #expect(try RoomID(RoomID(squad: squad).rawValue) == RoomID(squad: squad))
    }

    @Test("the room of a squad leads back to the squad, other rooms lead nowhere")
    func squadRooms() throws {
        let squad = try SquadID("alpha")
        #expect(RoomID(squad: squad).rawValue == "squad_alpha")
        #expect(RoomID(squad: squad).squad == squad)
        #expect(try RoomID("general").squad == nil)
        #expect(try RoomID("squad_").squad == nil)
        #expect(try RoomID("squad_..").squad == nil)
    }

    @Test("it is a plain string in JSON, also as a key, and is checked when read")
    func coding() throws {
        let users = [try UserID("viper-1"): 1]
        let json = try JSONEncoder().encode(users)
        #expect(String(decoding: json, as: UTF8.self) == "{\"viper-1\":1}")
        #expect(try JSONDecoder().decode([UserID: Int].self, from: json) == users)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([UserID].self, from: Data("[\"a b\"]".utf8)) }
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([UserID].self, from: Data("[7]".utf8)) }
    }
}
