import Domain

/// Every Redis key, stream and channel that crosses a service border.
///
/// Braces are Redis Cluster hash tags: what one script touches lives in one slot. Names used inside one service only
/// (leases, marks, delivery queues) live in that service's `…Keys.swift`.
public enum RedisNames {
    /// Partitions of the rooms unless `CHAT_PARTITIONS` says otherwise.
    public static let defaultPartitionCount = 16

    // MARK: One partition of the rooms

    /// The hash tag of partition `partition`, for example `{p3}`.
    public static func tag(_ partition: Int) -> String { "{p\(partition)}" }
    /// Commands to the one chat process that holds the partition (stream, see ``ChatCommand``).
    public static func commands(_ partition: Int) -> String { "sc:\(self.tag(partition)):commands" }
    /// Lease token, cursor and run id of the partition (hash).
    public static func state(_ partition: Int) -> String { "sc:\(self.tag(partition)):state" }
    /// The outbox: everything that happened, for the archiver and the notifier (stream, see ``RoomEvent``).
    public static func events(_ partition: Int) -> String { "sc:\(self.tag(partition)):events" }
    /// Refused or malformed commands with the reason (stream).
    public static func dead(_ partition: Int) -> String { "sc:\(self.tag(partition)):dead" }
    /// What happens in a room, live (sharded pub/sub, see ``Publication``).
    public static func live(room: String, partition: Int) -> String { "sc:\(self.tag(partition)):live:\(room)" }
    /// The consumer group of the notifier on every outbox.
    public static let notifierGroup = "notifier"

    // MARK: One user

    /// Personal events, newest ``PersonalEvent/inboxLength`` (stream with fields `event` and `json`; a notification has
    /// `id` and `notice` instead of `json`, see ``PersonalNotice``).
    public static func inbox(user: String) -> String { "sc:{u:\(user)}:inbox" }
    /// The last entry of the inbox that a page of the user was given (string).
    public static func inboxPushed(user: String) -> String { "sc:{u:\(user)}:pushed" }
    /// Personal events, live (sharded pub/sub, see ``PersonalEvent``).
    public static func personal(user: String) -> String { "sc:{u:\(user)}:live" }
    /// Open sockets: `<gateway>/<socket>` → milliseconds since 1970 (hash).
    public static func sockets(user: String) -> String { "sc:{u:\(user)}:sockets" }
    /// Recent sends, for the rate limit (sorted set of command ids by Redis' clock).
    public static func rate(user: String) -> String { "sc:{u:\(user)}:rate" }
    /// The same for reactions.
    public static func reactionRate(user: String) -> String { "sc:{u:\(user)}:rate:reactions" }
    /// One signed-in session (string with lifetime).
    public static func session(user: String, session: String) -> String { "sc:{u:\(user)}:session:\(session)" }

    /// What everybody is told about one event (string, JSON, lives ``noticeSeconds``).
    public static func notice(_ id: String) -> String { "sc:{e:\(id)}:notice" }
    /// How long a text is kept for those who were away.
    public static let noticeSeconds = 30 * 86_400

    // MARK: Deliveries of notifications

    /// Into how many slots the users' notifications are spread. Stored data depends on it: it never changes.
    public static let deliverySlots = 16
    /// The slot of a user's notifications.
    public static func deliverySlot(of user: String) -> Int {
        PartitionMap.partition(of: user, of: self.deliverySlots)
    }
    /// The start of the keys of one method's deliveries, for example `sc:{n3}:email` (`docs/job-lifecycle.md`).
    public static func deliveries(_ method: String, slot: Int) -> String { "sc:{n\(slot)}:\(method)" }
    /// Deliveries and outbox entries that were given up (stream).
    public static func undelivered(_ slot: Int) -> String { "sc:{n\(slot)}:dead" }

    // MARK: Gateways

    /// Replies to the commands of one gateway (pub/sub, see ``ChatReply``).
    public static func gateway(_ gateway: String) -> String { "sc:gateway:\(gateway)" }

    // MARK: The suite

    /// The number of partitions, stored once (string).
    public static let partitions = "sc:{config}:partitions"
    /// The identity of the archive that belongs to this Redis (string).
    public static let archive = "sc:{config}:archive"
    /// Live gateways by last heartbeat in milliseconds of Redis' clock (sorted set).
    public static let gateways = "sc:{config}:gateways"
    /// Live chat processes by last heartbeat in milliseconds of Redis' clock (sorted set).
    public static let chats = "sc:{config}:chat"
    /// Every process of the suite, `<service>:<instance>` → JSON (hash, see ``ServiceRecord``).
    public static let services = "sc:{config}:services"

    // MARK: The directory

    /// User id → JSON (hash).
    public static let directoryUsers = "sc:{directory}:users"
    /// Squad id → JSON (hash).
    public static let directorySquads = "sc:{directory}:squads"
    /// Counts the changes of the directory (string).
    public static let directoryVersion = "sc:{directory}:version"
    /// Every change with its version (stream, newest 10 000).
    public static let directoryChanges = "sc:{directory}:changes"
    /// The owner's feed of users (stream).
    public static let userFeed = "sc:users"

    // MARK: The trading engine

    /// The engine's signals (stream; the engine's own: never trimmed by us).
    public static let signals = "signals"
    /// Results of signals (stream).
    public static let outcomes = "outcomes"
    /// Our consumer group on the engine's streams.
    public static let engineGroup = "squad_chat"
}
