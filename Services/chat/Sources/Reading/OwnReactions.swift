import JSON
import Redis
import WireContract

extension RoomReading {
    /// One emoji of a message, of which it is not said whether the asker has set it.
    private struct Unnamed {
        let message: String
        let emoji: String
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
            unnamed += reactions.filter { $0.count > $0.users.count && !$0.users.contains(user) }.map {
                Unnamed(message: message.id, emoji: $0.emoji)
            }
        }
        for one in try await self.set(by: user, unnamed, in: room) {
            guard let place = own.firstIndex(where: { $0.message == one.message }) else { continue }
            own[place].emoji.append(one.emoji)
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
    private func set(by user: String, _ unnamed: [Unnamed], in room: String) async throws -> [Unnamed] {
        guard !unnamed.isEmpty else { return [] }
        let replies = try await self.connection.pipeline(
            unnamed.map { one in
                let key = RedisArgument(self.keys.reactions(message: one.message))
                // The field `archived` stands beside a part of them; with none at all Redis has let go of the message.
                return RedisCommand("HMGET", key, RedisArgument("\(one.emoji) \(user)"), "archived")
            }
                + unnamed.map { RedisCommand("EXISTS", RedisArgument(self.keys.reactions(message: $0.message))) })
        var (found, unsaid): ([Unnamed], [Unnamed]) = ([], [])
        for (place, one) in unnamed.enumerated() {
            let words = try replies[place].get().array ?? []
            let isThere = try replies[unnamed.count + place].get().int == 1
            if let said = words.first?.string {
                if said == "1" { found.append(one) }
            } else if !isThere || words.last?.string != nil {
                unsaid.append(one)
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
