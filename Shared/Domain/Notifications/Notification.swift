/// What a notification is about. The raw values are on the wire.
public enum NotificationKind: String, CaseIterable, Codable, Hashable, Sendable {
    case directMessage = "direct_message"
    case mention
    case squadMessage = "squad_message"
    case systemAlert = "system_alert"
    case moderationAction = "moderation_action"
    case fileShared = "file_shared"
    case userJoined = "user_joined"
    case userLeft = "user_left"
    /// A new trading signal. The original calls it `system_alert`, and until a user says otherwise it is treated so.
    case tradeSignal = "trade_signal"
}

/// How much a notification may disturb. The raw values are on the wire.
public enum NotificationPriority: String, CaseIterable, Codable, Hashable, Sendable {
    case low, normal, high
    /// Passes quiet hours.
    case urgent
}

extension NotificationPriority: Comparable {
    public static func < (left: Self, right: Self) -> Bool { left.height < right.height }

    private var height: Int {
        switch self {
        case .low: 0
        case .normal: 1
        case .high: 2
        case .urgent: 3
        }
    }
}

/// How a notification reaches a person. The raw values are on the wire.
public enum DeliveryMethod: String, CaseIterable, Codable, Hashable, Sendable {
    /// To the open sockets of the user.
    case realTime = "real_time"
    /// To the user's browser when the page is closed.
    case push
    case email
    case sms
    case telegram
}
