import Redis
import Testing
import WireContract

@testable import ChatService

/// What every kind of archive keeps of reactions.
@Suite(.timeLimit(.minutes(1)))
struct ArchiveReactionTests {
    /// An event of a reaction to message 1.
    private func reaction(
        _ sequence: Int, _ user: String, _ emoji: String = "👍", added: Bool = true, epoch: String = "e1",
        state: String = ""
    ) -> StreamEntry {
        let message = "squad_alpha.e1.1"
        return HeldArchive.entry(
            sequence, user: user, epoch: epoch,
            json: #"{"seq":\#(sequence),"message_id":"\#(message)","emoji":"\#(emoji)","user_id":"\#(user)"}"#,
            [("event", added ? "reaction_added" : "reaction_removed"), ("message", message), ("state", state)])
    }

    @Test(
        "a message is read with its reactions: at most 50 names of an emoji in their order, and all of them counted",
        arguments: ArchiveKind.all)
    func reactions(_ kind: ArchiveKind) async throws {
        let held = try await HeldArchive(kind)
        let json = #"{"seq":1,"content":"x","reactions":{},"metadata":{"reactions":{"k":[]}}}"#
        let entries = [HeldArchive.entry(1, json: json)] + (2...61).map { self.reaction($0, "p\($0)") }
        try await held.append(entries)
        try await held.append([
            self.reaction(62, "p4", added: false), self.reaction(63, "p4", "🔥"),
            self.reaction(64, "p4", "🔥", added: false),
            self.reaction(65, "p9"), self.reaction(66, "p2", "🔥"),
        ])
        let names = (2...52).filter { $0 != 4 }.map { #""p\#($0)""# }.joined(separator: ",")
        let fields = #""reactions":{"👍":[\#(names)],"🔥":["p2"]},"reaction_counts":{"👍":59,"🔥":1}"#
        let shown = json.replacing(#""reactions":{},"m"#, with: fields + #","m"#)
        #expect(try await held.messages() == [shown])
        let message = try #require(try await held.archive.message("squad_alpha.e1.1", in: HeldArchive.room))
        #expect(String(decoding: message.json, as: UTF8.self) == shown)
        #expect(String(decoding: message.reactions, as: UTF8.self) == fields)
        #expect(try await held.record(beyond: 60).messages == [message])
        #expect(
            try await held.archive.unwritten(in: HeldArchive.room, limit: 9).lines.map(\.json) == [message.json])
        for (user, emoji, isThere) in [("p4", "👍", false), ("p61", "👍", true), ("p2", "🔥", true), ("p4", "🔥", false)] {
            let asked = try await held.archive.message(
                "squad_alpha.e1.1", in: HeldArchive.room, with: UserReaction(emoji: emoji, user: user))
            #expect(asked?.hasReaction == isThere, "\(user) \(emoji)")
        }
        // The outbox is read again, and an older history comes late.
        try await held.append(entries + [self.reaction(64, "late", epoch: "e0")])
        #expect(try await held.messages() == [shown])
    }

    @Test(
        "an entry of a former release, with the whole message in it, adds its reaction; what the JSON names does not count",
        arguments: ArchiveKind.all)
    func formerReactions(_ kind: ArchiveKind) async throws {
        let held = try await HeldArchive(kind)
        let state = #"{"seq":1,"content":"x","reactions":{"👍":["viper-1","gone"]},"metadata":{}}"#
        try await held.append([
            HeldArchive.entry(1, json: #"{"seq":1,"content":"x","reactions":{},"metadata":{}}"#),
            self.reaction(2, "viper-1", state: state),
        ])
        let shown = state.replacing(
            #""reactions":{"👍":["viper-1","gone"]}"#,
            with: #""reactions":{"👍":["viper-1"]},"reaction_counts":{"👍":1}"#)
        #expect(try await held.messages() == [shown])
        try await held.append([self.reaction(3, "viper-1", added: false, state: state)])
        #expect(
            try await held.messages() == [#"{"seq":1,"content":"x","reactions":{},"metadata":{}}"#])
    }

    @Test("how many reacted is read and not counted, and is right whatever comes and goes")
    func counts() async throws {
        let held = try await HeldArchive(ArchiveKind.all[0])
        try await held.append([HeldArchive.entry(1)] + (2...9).map { self.reaction($0, "p\($0)") })
        let archive = try #require(held.archive as? SQLiteArchive)
        func counted() async throws -> [String] {
            try await archive.database.read { sql in
                try sql.query("SELECT emoji, count FROM reaction_counts ORDER BY rowid").map {
                    "\(try $0.string("emoji")) \(try $0.int("count"))"
                }
            }
        }
        // Twice, and one of somebody who is not there.
        try await held.append([
            self.reaction(10, "p2"), self.reaction(11, "nobody", added: false), self.reaction(12, "p3", added: false),
            self.reaction(13, "p3", "🔥"),
        ])
        #expect(try await counted() == ["👍 7", "🔥 1"])
        try await held.append((4...9).map { self.reaction(20 + $0, "p\($0)", added: false) })
        try await held.append([self.reaction(40, "p2", added: false), self.reaction(41, "p5")])
        #expect(try await counted() == ["🔥 1", "👍 1"])
        try await archive.database.write { sql in
            try sql.execute("UPDATE reaction_counts SET count = 9000 WHERE emoji = '👍'")
        }
        #expect(try await held.messages().first?.contains(#""reaction_counts":{"🔥":1,"👍":9000}"#) == true)
    }
}
