import Domain
import JSON
import TestSupport
import Testing
import WireContract

@testable import ChatService

/// Who is not among the names of a message learns from its pages what they have set on it themselves.
@Suite(.timeLimit(.minutes(2)))
struct OwnReactionTests {
    let reacted: ReactedMessage
    let gateway: TestGateway

    init() async throws {
        self.reacted = try await ReactedMessage()
        self.gateway = try await TestGateway(self.reacted.server.url, name: "gw")
        try await self.reacted.react("👍", 0..<60)
        try await self.reacted.react("🔥", "viper-1")
        try await self.reacted.react("👍", "viper-1")
        try await self.reacted.react("👍", "ghost-2")
        try await self.reacted.takeBack("👍", "ghost-2")
        #expect(try await !self.reacted.names("👍").contains("viper-1"))
    }

    private func own(_ json: JSONValue?) throws -> [String: Set<String>] {
        var own: [String: Set<String>] = [:]
        for (message, emoji) in try #require(json?["own_reactions"]).fields() {
            own[message] = Set(try emoji.elements().compactMap(\.string))
        }
        return own
    }

    private func page(_ user: String) async throws -> [String: Set<String>] {
        try self.own(try await self.history(user)?.json)
    }

    /// Answers of reactions may still be on their way when a page is asked for.
    private func history(_ user: String) async throws -> ChatReply? {
        func pages() -> [ChatReply] { self.gateway.replies.filter { $0.json?["messages"] != nil } }
        let before = pages().count
        try await self.reacted.bench.answer(.fetchHistory, #"{"limit":100}"#, user: user)
        await eventually { pages().count > before }
        return pages().last
    }

    /// What each sees, in whatever store the message is.
    private func expectAll(_ comment: Comment) async throws {
        let message = self.reacted.message
        #expect(try await self.page("viper-1") == [message: ["👍", "🔥"]], comment)
        #expect(try await self.page("p3") == [message: ["👍"]], comment)
        #expect(try await self.page("p57") == [message: ["👍"]], comment)
        #expect(try await self.page("ghost-2") == [:], comment)
    }

    @Test("a page says what its asker has set, from Redis, from the archive, and from both")
    func pages() async throws {
        for user in ["p3", "p57"] {
            try await self.reacted.bench.apply(.joinSquadRoom, "{}", user: user, id: "join-\(user)")
        }
        try await self.expectAll("all in Redis")
        try await self.reacted.say(3)
        try await self.reacted.bench.archiveOutbox()
        try await self.reacted.trim()
        #expect(try await self.reacted.keysOfReactions().isEmpty)
        try await self.expectAll("all in the archive")
        // Brought back by one who reacts: the others stand in the archive alone.
        try self.reacted.bench.people.put("p70", .sergeant, squad: "alpha")
        #expect(try await self.reacted.react("👍", "p70") == ["done"])
        #expect(try await !self.reacted.keysOfReactions().isEmpty)
        try await self.expectAll("a part of them in Redis")
        #expect(try await self.page("p70") == [self.reacted.message: ["👍"]])
        try await self.reacted.takeBack("👍", "p57")
        #expect(try await self.page("p57") == [:])
    }

    @Test("a join says it, and a resume that brings a page; a page for everybody in the room does not")
    func joins() async throws {
        try await self.reacted.bench.applyFully(.joinSquadRoom, "{}", id: "again")
        try await self.reacted.bench.applyFully(.resume, #"{"seq":1,"epoch":"nobody-knows"}"#, id: "resume")
        await eventually { self.gateway.replies.suffix(2).allSatisfy { $0.pushes.count == 1 } }
        for reply in self.gateway.replies.suffix(2) {
            #expect(try self.own(reply.pushes.first?.value) == [self.reacted.message: ["👍", "🔥"]])
        }
        #expect(try #require(try await self.history("")).json?["own_reactions"] == nil)
    }
}
