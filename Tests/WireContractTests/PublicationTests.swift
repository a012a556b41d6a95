import Testing

@testable import WireContract

struct PublicationTests {
    @Test(
        "header and JSON survive the way to the gateway and back",
        arguments: [
            Publication(
                event: "new_message", room: "squad_alpha", epoch: "0123456789ab", sequence: 41,
                json: Array(#"{"seq":41}"#.utf8)),
            Publication(
                event: "user_typing", room: "squad_alpha", epoch: "e", sequence: nil, user: "viper-1",
                json: Array("{}".utf8)),
            Publication(
                event: "member_removed", room: "r", epoch: "e", sequence: 2, flag: .drop, user: "u",
                json: Array("{}".utf8)),
            Publication(
                event: "member_updated", room: "r", epoch: "e", sequence: 3, flag: .rights(17), user: "u",
                json: Array("{}".utf8)),
            Publication(
                header: .init(event: "room_state", room: "r", epoch: "e", sequence: 3, completeness: .morePages),
                json: Array("{}".utf8)),
            Publication(
                header: .init(event: "room_state", room: "r", epoch: "-", completeness: .lost),
                json: Array("{}".utf8)),
        ])
    func roundTrip(publication: Publication) {
        #expect(Publication(decoding: publication.encoded) == publication)
    }

    @Test(
        "a header that is not one is refused",
        arguments: [
            "new_message r e 1 -", "new_message r e x - -", "new_message r e -1 - -", "new_message  r e 1 - -",
            "new_message r e 1 Q -", "new_message r e 1 R-1 u", "new_message r e 1 - - -", "", " ",
            "new_message r e 1 - - ", " new_message r e 1 - -", "new_message r e 1 R -", "new_message r e 1 M -",
        ])
    func refusals(header: String) {
        #expect(Publication(decoding: Array((header + "\n{}").utf8)) == nil)
    }

    @Test("the header is what the architecture says, byte for byte")
    func golden() {
        let publication = Publication(
            event: "new_message", room: "squad_alpha", epoch: "0123456789ab", sequence: 41, json: Array("{}".utf8))
        #expect(publication.encoded == Array("new_message squad_alpha 0123456789ab 41 - -\n{}".utf8))
    }
}
