import NIOCore
import Redis
import WireContract

/// Entries of an inbox → personal events. A notification there only names its text, which is stored once for everybody
/// who was told: each text is asked for once. One that is gone by now was taken back, or is older than texts are kept.
struct InboxEntries: Sendable {
    private struct Entry {
        let event: String
        let id: String
        let json: ByteBuffer?
        let notification: String?
        let notice: String?
    }

    private let user: String
    private let entries: [Entry]

    /// - Parameter reply: Of `XRANGE` or `XREVRANGE`.
    init(_ reply: RedisValue, user: String) {
        self.user = user
        self.entries = (reply.array ?? []).compactMap { entry in
            guard let parts = entry.array, parts.count == 2, let id = parts[0].string else { return nil }
            let fields = parts[1].map()
            guard let event = fields["event"]?.string else { return nil }
            return Entry(
                event: event, id: id, json: fields["json"]?.buffer, notification: fields["id"]?.string,
                notice: fields["notice"]?.string)
        }
    }

    /// Of all entries, also of those whose text is gone.
    var ids: [StreamID] { self.entries.compactMap { StreamID($0.id) } }

    /// - Returns: In the order of the entries.
    func events(_ redis: RedisClient) -> EventLoopFuture<[PersonalEvent]> {
        let notices = Array(Set(self.entries.compactMap { $0.json == nil ? $0.notice : nil }))
        let texts: EventLoopFuture<[Result<RedisValue, RedisError>]> = redis.pipeline(
            notices.map { RedisCommand("GET", RedisArgument(RedisNames.notice($0))) })
        return texts.flatMapThrowing { replies in
            var known: [String: [UInt8]] = [:]
            for (notice, reply) in zip(notices, replies) {
                known[notice] = try reply.get().buffer.map { Array($0.readableBytesView) }
            }
            return self.entries.compactMap { self.event($0, known) }
        }
    }

    private func event(_ entry: Entry, _ texts: [String: [UInt8]]) -> PersonalEvent? {
        if let json = entry.json {
            return PersonalEvent(event: entry.event, inboxID: entry.id, json: Array(json.readableBytesView))
        }
        guard let id = entry.notification, let text = entry.notice.flatMap({ texts[$0] }) else { return nil }
        return PersonalEvent(
            event: entry.event, inboxID: entry.id, json: PersonalNotice(id: id, user: self.user).json(of: text))
    }
}
