import Directory
import Domain
import JSON
import NIOCore
import Redis
import WireContract

/// Who is typing: published by the gateway itself and never stored. A start is published at most once in 3 s per user
/// and room, after a message of theirs once in 1 s; whoever receives one ends it after 5 s, so that nobody types for ever
/// because a gateway was killed.
/// Confined to its event loop.
final class Typing {
    private struct Key: Hashable {
        let user: String
        let room: String
    }

    private struct Own {
        var lastStart: NIODeadline
        var session: ClientSession?
    }

    private struct Seen {
        var until: NIODeadline
        var username: String
        var epoch: String
    }

    private static let minimumPause = TimeAmount.seconds(3)
    private static let pauseAfterMessage = TimeAmount.seconds(1)
    static let lifetime = TimeAmount.seconds(5)

    private let redis: RedisClient
    private let directory: DirectoryReplica
    private let partitions: Int
    private var own: [Key: Own] = [:]
    private var seen: [Key: Seen] = [:]

    /// - Parameter directory: Knows the names of those who type.
    init(redis: RedisClient, directory: DirectoryReplica, partitions: Int) {
        self.redis = redis
        self.directory = directory
        self.partitions = partitions
    }

    // MARK: What our sockets do

    func start(_ session: ClientSession, in room: String) {
        let key = Key(user: session.user, room: room)
        let now = NIODeadline.now()
        if let own = self.own[key], now - own.lastStart < Self.minimumPause { return }
        self.own[key] = Own(lastStart: now, session: session)
        self.publish(Publication.Event.userTyping, session, room)
    }

    /// A message of the user is on its way: if they write on, that is told at once. At most once a second, because a message
    /// that is refused, or sent again, counts for no limit.
    func sent(_ session: ClientSession, in room: String) {
        let key = Key(user: session.user, room: room)
        guard let own = self.own[key], NIODeadline.now() - own.lastStart >= Self.pauseAfterMessage else { return }
        self.own[key] = nil
    }

    /// Also called when a message is sent and when a socket goes away.
    func stop(_ session: ClientSession, in room: String) {
        let key = Key(user: session.user, room: room)
        guard let own = self.own[key], own.session === session else { return }
        self.own[key]?.session = nil  // the time of the start stays: the pause is per user, not per stop
        self.publish(Publication.Event.userStoppedTyping, session, room)
    }

    private func publish(_ event: String, _ session: ClientSession, _ room: String) {
        let partition = PartitionMap.partition(of: room, of: self.partitions)
        let name = (try? UserID(session.user)).flatMap { self.directory.user($0) }?.username ?? session.user
        let publication = Publication(
            event: event, room: room, epoch: session.membership(in: room)?.room.subscription.position?.epoch ?? "-",
            sequence: nil, user: session.user,
            json: TypingPayload(userID: session.user, username: name, roomID: room).encoded)
        let command = RedisCommand(
            "SPUBLISH", RedisArgument(RedisNames.live(room: room, partition: partition)),
            RedisArgument(publication.encoded))
        // Lost when Redis is away: it is only typing.
        _ = self.redis.current?.send(command)
    }

    // MARK: What comes in

    /// Notes what was published.
    ///
    /// - Returns: Whether the room has to be told.
    func observed(_ event: LiveEvent, user: String) -> Bool {
        let key = Key(user: user, room: event.room)
        guard event.name == Publication.Event.userTyping else { return self.seen.removeValue(forKey: key) != nil }
        let known = self.seen[key]?.username
        let username =
            known ?? (try? JSONValue(parsing: event.json.readableBytesView))?["username"]?.string ?? user
        self.seen[key] = Seen(until: .now() + Self.lifetime, username: username, epoch: event.epoch)
        return true
    }

    /// Forgets what nobody has renewed.
    ///
    /// - Returns: The ends to be told to our sockets.
    func ended(now: NIODeadline) -> [LiveEvent] {
        if !self.own.isEmpty { self.own = self.own.filter { now - $0.value.lastStart < Self.lifetime } }
        var events: [LiveEvent] = []
        for (key, seen) in self.seen where seen.until <= now {
            let json = TypingPayload(userID: key.user, username: seen.username, roomID: key.room).encoded
            let header = Publication.Header(
                event: Publication.Event.userStoppedTyping, room: key.room, epoch: seen.epoch, user: key.user)
            events.append(LiveEvent(header, json: ByteBuffer(bytes: json)))
            self.seen[key] = nil
        }
        return events
    }
}
