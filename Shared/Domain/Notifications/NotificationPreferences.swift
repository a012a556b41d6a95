/// What a user wants to hear of, how, and when not.
public struct NotificationPreferences: Hashable, Sendable {
    /// Kinds the user wants at all.
    public var enabledKinds: Set<NotificationKind>
    /// Where the user has chosen; a kind that is not here has its ``standardMethods(for:)``.
    public var chosenMethods: [NotificationKind: [DeliveryMethod]]
    /// In the user's own time zone; `nil` for none.
    public var quietHours: QuietHours?
    /// Kinds that may disturb during quiet hours, besides everything urgent.
    public var quietExceptions: Set<NotificationKind>
    /// Words that count as a mention, besides the user's name, callsign and squad.
    public var mentionKeywords: [String]

    public init(
        enabledKinds: Set<NotificationKind> = [
            .directMessage, .mention, .systemAlert, .moderationAction, .tradeSignal,
        ],
        chosenMethods: [NotificationKind: [DeliveryMethod]] = [:],
        quietHours: QuietHours? = nil,
        quietExceptions: Set<NotificationKind> = [.moderationAction],
        mentionKeywords: [String] = []
    ) {
        self.enabledKinds = enabledKinds
        self.chosenMethods = chosenMethods
        self.quietHours = quietHours
        self.quietExceptions = quietExceptions
        self.mentionKeywords = mentionKeywords
    }

    /// How the original delivers a kind to a user who has not chosen.
    public static func standardMethods(for kind: NotificationKind) -> [DeliveryMethod] {
        switch kind {
        case .directMessage, .mention: [.realTime, .push]
        case .systemAlert, .moderationAction, .tradeSignal: [.realTime, .email]
        case .squadMessage, .fileShared, .userJoined, .userLeft: [.realTime]
        }
    }

    /// The methods for a kind: what was chosen, else the standard; a signal follows `system_alert` until chosen itself.
    /// Empty for a kind that is not wanted.
    public func methods(for kind: NotificationKind) -> [DeliveryMethod] {
        guard self.enabledKinds.contains(kind) else { return [] }
        if let chosen = self.chosenMethods[kind] { return chosen }
        if kind == .tradeSignal, let chosen = self.chosenMethods[.systemAlert] { return chosen }
        return Self.standardMethods(for: kind)
    }

    /// Whether a notification has to wait for the end of the quiet hours.
    ///
    /// - Parameter minuteOfDay: In the user's time zone, 0..<1440.
    public func isHeldBack(_ kind: NotificationKind, priority: NotificationPriority, minuteOfDay: Int) -> Bool {
        guard let quietHours, quietHours.contains(minuteOfDay: minuteOfDay) else { return false }
        return priority != .urgent && !self.quietExceptions.contains(kind)
    }
}
