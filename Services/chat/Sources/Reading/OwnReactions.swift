import JSON
import Redis
import WireContract

extension RoomReading {
    /// Emoji of a message, of which it is not said whether the asker has set them.
    private struct Unnamed {
        let message: String
        let emoji: [String]
    }

    /// Which emoji somebody has set on the messages of a page, as a JSON object: message id → emoji, without the messages
    /// on which there are none. A message names some people and counts all; whether the asker is among the others stands
    /// beside it, in Redis and for what that has let go in the archive. Nil for the suite itself.
    func ownReactions(of user: String, on messages: [PageMessage], in room: String) async throws -> [UInt8]? {
        guard !user.isEmpty else { return nil }
        var own: [(message: String, emoji: [String])] = []
        var unnamed: [Unnamed] = []
        for message in messages {
            let reactions = ReactionsPayload(in: message.json)?.emoji ?? []
            own.append((message.id, reactions.filter { $0.users.contains(user) }.map(\.emoji)))
            let open = reactions.filter { $0.count > $0.users.count && !$0.users.contains(user) }.map(\.emoji)
            if !open.isEmpty { unnamed.append(Unnamed(message: message.id, emoji: open)) }
        }
        for (message, emoji) in try await self.set(by: user, unnamed, in: room) {
            guard let place = own.firstIndex(where: { $0.message == message }) else { continue }
            own[place].emoji.append(emoji)
        }
        var json = JSONWriter()
        for (message, emoji) in own where !emoji.isEmpty {
            var list: [UInt8] = []
            JSONWriter.append(emoji, to: &list)
            json.field(message, raw: list)
        }
        return json.finish()
    }

    /// Those that the user has set.
    private func set(
        by user: String, _ unnamed: [Unnamed], in room: String
    ) async throws -> [(message: String, emoji: String)] {
        guard !unnamed.isEmpty else { return [] }
        let replies = try await self.connection.pipeline(
            unnamed.flatMap { one in
                let key = RedisArgument(self.keys.reactions(message: one.message))
                // The field `archived` stands beside a part of them; with none at all Redis has let go of the message.
                let fields = one.emoji.map { RedisArgument("\($0) \(user)") } + ["archived"]
                return [RedisCommand("HMGET", [key] + fields), RedisCommand("EXISTS", key)]
            })
        var (found, unsaid): ([(message: String, emoji: String)], [(message: String, emoji: String)]) = ([], [])
        for (place, one) in unnamed.enumerated() {
            let words = try replies[2 * place].get().array ?? []
            let isThere = try replies[2 * place + 1].get().int == 1
            let isPart = words.last?.string != nil
            for (emoji, word) in zip(one.emoji, words.dropLast()) {
                if let said = word.string {
                    if said == "1" { found.append((one.message, emoji)) }
                } else if !isThere || isPart {
                    unsaid.append((one.message, emoji))
                }
            }
        }
        guard !unsaid.isEmpty else { return found }
        guard let archive = self.archive else { throw ArchiveNeeded() }
        let answers = try await archive.messages(
            unsaid.map {
                MessageQuestion(
                    message: $0.message, room: room, reaction: UserReaction(emoji: $0.emoji, user: user))
            })
        return found + zip(unsaid, answers).filter { $1.message?.hasReaction == true }.map(\.0)
    }
}
