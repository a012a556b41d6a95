import Domain
import JSON
import Redis
import TestSupport
import Testing
import WireContract

@testable import ChatService

/// A message of a room of its own, to which people react.
struct ReactedMessage {
    let server: RedisServer
    let bench: ScriptBench
    let message: String

    /// - Parameter kept: How many messages and events of a room Redis keeps.
    init(kept: Int = 1_000) async throws {
        self.server = try await RedisServer.start()
        var limits = ChatLimits(partitions: 1)
        limits.outboxBound = 100_000
        limits.keptMessages = kept
        self.bench = try await ScriptBench(self.server.url, folder: self.server.directory, limits: limits)
        try await EveryCommand.prepare(self.bench)
        self.message = "squad_alpha.\(self.bench.fence.runID.prefix(12)).4"
    }

    var room: RoomKeys { self.bench.keys.room("squad_alpha") }

    private func data(_ emoji: String) -> String { #"{"message_id":"\#(self.message)","emoji":"\#(emoji)"}"# }

    /// Many people, each by a command of their own.
    func react(_ emoji: String, _ people: Range<Int>) async throws {
        try await self.change(.addReaction, emoji, people)
    }

    func takeBack(_ emoji: String, _ people: Range<Int>) async throws {
        try await self.change(.removeReaction, emoji, people)
    }

    private func change(_ kind: ChatCommand.Kind, _ emoji: String, _ people: Range<Int>) async throws {
        for person in people { try self.bench.people.put("p\(person)", .sergeant, squad: "alpha") }
        for part in Array(people).chunks(of: 500) {
            let answers = try await self.bench.applyAll(
                part.map { (kind, self.data(emoji), "p\($0)", "\(UInt64.random(in: 0...UInt64.max))") })
            #expect(answers.allSatisfy { $0 == ["done"] })
        }
    }

    /// One person's, and what it answered.
    @discardableResult
    func react(_ emoji: String, _ user: String) async throws -> [String] {
        try await self.change(.addReaction, emoji, user)
    }

    @discardableResult
    func takeBack(_ emoji: String, _ user: String) async throws -> [String] {
        try await self.change(.removeReaction, emoji, user)
    }

    private func change(_ kind: ChatCommand.Kind, _ emoji: String, _ user: String) async throws -> [String] {
        let id = "\(UInt64.random(in: 0...UInt64.max))"
        return try await self.bench.applyFully(kind, self.data(emoji), user: user, id: id).last ?? []
    }

    /// The message's JSON as Redis holds it: without the header line of its publication.
    func stored() async throws -> String {
        let text = try await self.bench.send("HGET", self.room.messages, self.message).string ?? ""
        return text.split(separator: "\n").last.map(String.init) ?? ""
    }

    /// The message as a page shows it.
    func shown() async throws -> JSONValue {
        let text = try await self.stored()
        let reactions = try await self.bench.send("HGET", self.room.reacted, self.message).string ?? ""
        return try JSONValue(parsing: ReactionsPayload.put(Array(reactions.utf8), into: Array(text.utf8)))
    }

    func names(_ emoji: String) async throws -> [String] {
        try await self.shown()["reactions"]?[emoji]?.elements().compactMap(\.string) ?? []
    }

    func count(_ emoji: String) async throws -> Int? {
        try await self.shown()["reaction_counts"]?[emoji]?.integer
    }

    func bytesOfRedis() async throws -> Int {
        let info = try await self.bench.send("INFO", "memory").string ?? ""
        let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") }
        return try #require(line.flatMap { Int($0.dropFirst("used_memory:".count)) })
    }

    /// Microseconds that one reaction takes Redis: of hundreds, those that were disturbed least.
    func leastCost(_ emoji: String, _ people: Range<Int>) async throws -> Double {
        var least = Double.infinity
        for hundred in Array(people).chunks(of: 100) {
            try await self.bench.send("CONFIG", "RESETSTAT")
            try await self.react(emoji, hundred[0]..<(hundred[0] + hundred.count))
            let info = try await self.bench.send("INFO", "commandstats").string ?? ""
            let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_evalsha:") }
            let field = (line ?? "").split(separator: ",").first { $0.hasPrefix("usec_per_call=") }
            least = min(least, try #require(Double((field ?? "").dropFirst("usec_per_call=".count))))
        }
        return least
    }

    /// Lets Redis keep the newest.
    func trim(to kept: Int = 1, step: Bool = false) async throws {
        let archived = try await self.bench.archive.highestSequence(of: "squad_alpha")
        var next: TrimRoomCall? = TrimRoomCall(head: self.bench.head, room: self.room, kept: kept, archived: archived)
        while let call = next {
            next = call.following(try await self.bench.evaluate(call.call))
            if step { return }
        }
    }

    func say(_ count: Int) async throws {
        for number in 0..<count {
            try await self.bench.apply(
                .sendMessage, #"{"content":"m"}"#, id: "\(number)-\(UInt64.random(in: 0...UInt64.max))")
        }
    }

    func keysOfReactions() async throws -> [String] {
        try await self.bench.send("KEYS", "*reactions:*").array?.compactMap(\.string) ?? []
    }
}
