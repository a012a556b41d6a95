public import Domain
import JSON

/// The data of `notification`, but for whose it is (``PersonalNotice`` puts that in front): what is the same for everybody
/// who is told of one event, and stored once for all of them.
public struct NotificationPayload: Sendable, Equatable {
    public var kind: NotificationKind
    public var title: String
    public var message: String
    public var priority: NotificationPriority
    public var roomID: String
    /// Who caused it; nil for the suite itself.
    public var sourceUserID: String?
    public var messageID: String?
    /// It happened longer ago than counts as news.
    public var isLate: Bool
    /// The signal's object, for ``NotificationKind/tradeSignal``.
    public var signal: [UInt8]?
    /// RFC 3339, UTC, milliseconds: when it happened.
    public var createdAt: String

    public init(
        kind: NotificationKind, title: String, message: String, priority: NotificationPriority, roomID: String,
        sourceUserID: String?, messageID: String?, isLate: Bool, signal: [UInt8]?, createdAt: String
    ) {
        self.kind = kind
        self.title = title
        self.message = message
        self.priority = priority
        self.roomID = roomID
        self.sourceUserID = sourceUserID
        self.messageID = messageID
        self.isLate = isLate
        self.signal = signal
        self.createdAt = createdAt
    }

    /// The name of the kind for clients of the original, which knows signals as system alerts.
    public static func wireType(of kind: NotificationKind) -> String {
        (kind == .tradeSignal ? NotificationKind.systemAlert : kind).rawValue
    }

    /// One object, to stand behind ``PersonalNotice``'s own fields.
    public var encoded: [UInt8] {
        var metadata = JSONWriter()
        metadata.field("kind", self.kind.rawValue)
        metadata.field("read", false)
        metadata.field("read_at", nil as String?)
        metadata.field("late", self.isLate)
        if let signal { metadata.field("signal_data", raw: signal) }
        var json = JSONWriter()
        json.field("notification_type", Self.wireType(of: self.kind))
        json.field("title", self.title)
        json.field("message", self.message)
        json.field("priority", self.priority.rawValue)
        json.field("source_room_id", self.roomID)
        json.field("source_user_id", self.sourceUserID)
        json.field("source_message_id", self.messageID)
        json.field("metadata", raw: metadata.finish())
        json.field("created_at", self.createdAt)
        json.field("scheduled_for", nil as String?)
        return json.finish()
    }
}
