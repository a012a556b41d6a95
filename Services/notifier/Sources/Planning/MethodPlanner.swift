import Domain

/// Decides by which ways a notification goes. Pure.
///
/// The reasons are written down in `docs/decisions/0009-notification-defaults.md`.
struct MethodPlanner: Sendable {
    let methods: Methods

    /// What is known of a person at this moment.
    struct Recipient: Sendable {
        let preferences: NotificationPreferences
        /// Some page of theirs is open.
        let isOnline: Bool
        /// The directory's entry; nil for somebody it does not know.
        let user: DirectoryUser?
    }

    /// - Returns: The ways, and for each wanted way that is not gone the reason.
    func methods(for notification: Notification, to recipient: Recipient) -> Plan {
        var plan = Plan()
        for wanted in Self.wanted(notification.kind, by: recipient.preferences) {
            guard let method = self.methods[wanted] else {
                plan.skipped.append((wanted, "not available"))
                continue
            }
            if method.provider == nil {
                plan.skipped.append((wanted, "\(method.name) is off"))
            } else if let address = method.address, recipient.user.flatMap(address) == nil {
                plan.skipped.append((wanted, "no \(method.name) address"))
            } else if method.isForAbsent, recipient.isOnline,
                !Self.isChosen(notification.kind, by: recipient.preferences)
            {
                plan.skipped.append((wanted, "online"))
            } else {
                plan.methods.append(wanted)
            }
        }
        return plan
    }

    /// What becomes of one notification.
    struct Plan: Sendable {
        var methods: [DeliveryMethod] = []
        var skipped: [(method: DeliveryMethod, reason: String)] = []
    }

    /// Who has not chosen gets, beside the standard ways, a mail when no page of theirs is open: somebody who is asked
    /// for by name should learn of it before opening the page again.
    static func wanted(_ kind: NotificationKind, by preferences: NotificationPreferences) -> [DeliveryMethod] {
        // Cannot be switched off. On the page only: who was let go may have no mail address with us any more.
        if kind == .moderationAction { return [.realTime] }
        var methods = preferences.methods(for: kind)
        let asksForThem = kind == .mention || kind == .directMessage
        if asksForThem, !methods.isEmpty, !self.isChosen(kind, by: preferences), !methods.contains(.email) {
            methods.append(.email)
        }
        return methods
    }

    private static func isChosen(_ kind: NotificationKind, by preferences: NotificationPreferences) -> Bool {
        let chosen = preferences.chosenMethods
        return chosen[kind] != nil || (kind == .tradeSignal && chosen[.systemAlert] != nil)
    }
}
