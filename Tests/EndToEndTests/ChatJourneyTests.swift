import JSON
import TestSupport
import Testing

/// One message travels the whole suite, as `docs/architecture.md` tells it.
@Suite(.serialized)
struct ChatJourneyTests {
    @Test("a message reaches everybody in the room once, its author included, and nobody outside")
    func message() async throws {
        try await RunningSuite.with(gateways: 2) { suite in
            let viper = try await suite.person("viper-1", in: "alpha")
            let ghost = try await suite.person("ghost-2", in: "alpha", gateway: 1)
            let kilo = try await suite.person("kilo-9", in: "bravo")

            let said = try await viper.sends("Half off at 1R", as: "c-1")
            let messageID = try #require(said.messageID)
            for person in [viper, ghost] {
                let frame = try await person.sees("Half off at 1R")
                #expect(frame["data"]?["message_id"]?.string == messageID)
                #expect(frame["seq"]?.integer == said.sequence)
                #expect(frame["data"]?["seq"]?.integer == said.sequence)
                #expect(frame["data"]?["callsign"]?.string == "Viper-1")
                #expect(frame["data"]?["rank"]?.string == "SERGEANT")
                #expect(frame["data"]?["message_type"]?.string == "text")
            }

            // The same command again: the same answer, and nothing new in the room.
            #expect(try await viper.sends("Half off at 1R", as: "c-1").messageID == messageID)
            #expect(try await viper.sends("other", as: "c-1").refusal == "conflict")
            try await viper.sends("last", as: "c-2")
            try await ghost.sees("last")  // the repeat and the conflict reached nobody
            #expect(kilo.hasHeardNothing(of: "squad_alpha"))
        }
    }

    @Test("a late joiner gets the history, and reactions toggle for everybody")
    func historyAndReactions() async throws {
        try await RunningSuite.with { suite in
            let viper = try await suite.person("viper-1", in: "alpha")
            let messageID = try #require(try await viper.sends("first").messageID)

            let nomad = try await suite.person("nomad-7")
            #expect(try await nomad.joins("alpha").page.last?.messageID == messageID)
            for (event, push) in [("add_reaction", "reaction_added"), ("remove_reaction", "reaction_removed")] {
                #expect(try await nomad.reacts("🎯", to: messageID, with: event).refusal == nil)
                let heard = try #require(try await viper.hears(push)["data"])
                #expect(heard["message_id"]?.string == messageID)
                #expect(heard["user_id"]?.string == "nomad-7")
                let users = try heard["reactions"]?["🎯"]?.elements().compactMap(\.string) ?? []
                #expect(users == (event == "add_reaction" ? ["nomad-7"] : []))
            }
        }
    }

    @Test("an observer reads but cannot write, a recruit cannot enter another squad, a commander can")
    func roles() async throws {
        try await RunningSuite.with { suite in
            let owl = try await suite.person("owl-3", in: "alpha")
            #expect(try await owl.sends("hello").refusal == "forbidden")

            let nomad = try await suite.person("nomad-7")
            #expect(try await nomad.joins("bravo").refusal == "forbidden")
            let refusal = try await nomad.sends("hello", in: "squad_bravo").refusal
            #expect(refusal == "forbidden" || refusal == "not_joined")

            let atlas = try await suite.person("atlas-6", in: "bravo")
            #expect(try await atlas.sends("orders").messageID != nil)
        }
    }
}
