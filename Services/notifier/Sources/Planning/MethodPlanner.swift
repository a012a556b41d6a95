import Domain

/// Decides by which ways a notification goes. Pure.
///
/// The reasons are written down in `docs/decisions/0009-notification-defaults.md`.
struct MethodPlanner: Sendable {
    /// Ways that this installation has.
    let available: Set<DeliveryMethod>

    /// What is known of a person at this moment.
    struct Recipient: Sendable {
        let preferences: NotificationPreferences
        /// Some page of theirs is open.
        let isOnline: Bool
        let hasEmail: Bool
    }

    /// - Returns: The ways, and for each wanted way that is not gone the reason.
    func methods(for notification: Notification, to recipient: Recipient) -> Plan {
        var plan = Plan()
        for method in self.wanted(notification.kind, by: recipient) {
            switch method {
            case .realTime:
                plan.methods.append(.realTime)
            case .email:
                if !self.available.contains(.email) {
                    plan.skipped.append((.email, "mail is off"))
                } else if !recipient.hasEmail {
                    plan.skipped.append((.email, "no mail address"))
                } else if recipient.isOnline, !self.isChosen(notification.kind, by: recipient) {
                    plan.skipped.append((.email, "online"))
                } else {
                    plan.methods.append(.email)
                }
            case .push, .sms, .telegram:
                plan.skipped.append((method, "not available"))
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
    private func wanted(_ kind: NotificationKind, by recipient: Recipient) -> [DeliveryMethod] {
        // Cannot be switched off. On the page only: who was let go may have no mail address with us any more.
        if kind == .moderationAction { return [.realTime] }
        var methods = recipient.preferences.methods(for: kind)
        let asksForThem = kind == .mention || kind == .directMessage
        if asksForThem, !methods.isEmpty, !self.isChosen(kind, by: recipient), !methods.contains(.email) {
            methods.append(.email)
        }
        return methods
    }

    private func isChosen(_ kind: NotificationKind, by recipient: Recipient) -> Bool {
        let chosen = recipient.preferences.chosenMethods
        return chosen[kind] != nil || (kind == .tradeSignal && chosen[.systemAlert] != nil)
    }
}
