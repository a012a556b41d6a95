import Domain
import WireContract
import WorkQueue

/// Every Redis key that the notifier owns, with its type. What crosses to other services is in `RedisNames`.
enum NotifierKeys {
    static let slots = RedisNames.deliverySlots

    static func slot(of user: UserID) -> Int { RedisNames.deliverySlot(of: user.rawValue) }

    /// `{n3}`
    static func tag(_ slot: Int) -> String { "{n\(slot)}" }

    /// The last signal that was mailed to a user: the notification's id (string, lives one mail interval).
    static func signalMail(user: UserID, slot: Int) -> String { "sc:\(self.tag(slot)):signal_mail:\(user)" }

    /// Which process reads the outbox of a partition (string, lives as long as its lease).
    static func reader(_ partition: Int) -> String { "sc:\(self.tag(partition % Self.slots)):reader:\(partition)" }

    /// Outbox entries replayed from the dead letters (stream).
    static func replayedOutbox(_ slot: Int) -> String { "\(RedisNames.undelivered(slot)):replay" }

    /// The rights that a user was last known to have: room → bits (hash).
    static func rights(of user: UserID, slot: Int) -> String { "sc:\(self.tag(slot)):rights:\(user)" }

    /// The deliveries of one method, for example `sc:{n3}:email:ready`; see ``JobQueue`` for its keys.
    static func queue(_ method: DeliveryMethod, slot: Int) -> JobQueue {
        JobQueue(
            name: method.rawValue, prefix: RedisNames.deliveries(method.rawValue, slot: slot),
            dead: RedisNames.undelivered(slot))
    }

    static func queues(_ method: DeliveryMethod) -> [JobQueue] {
        (0..<Self.slots).map { self.queue(method, slot: $0) }
    }

    /// Notifications that were given to the user's sockets → when, in ms (sorted set, 7 days); same slot as the inbox.
    static func given(user: UserID) -> String { "sc:{u:\(user)}:given" }

    /// The same for one notification, as earlier releases kept it (string, 7 days).
    static func formerlyGiven(_ id: NotificationID, user: UserID) -> String { "sc:{u:\(user)}:notified:\(id)" }
}
