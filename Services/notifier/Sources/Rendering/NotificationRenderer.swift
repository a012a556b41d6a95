import Curl
import Domain

/// A notification → the mail about it.
struct NotificationRenderer: Sendable {
    private let text: MailTemplate
    private let html: MailTemplate
    private let from: MailMessage.Mailbox
    private let publicURL: String

    /// - Throws: When a template of ours is malformed.
    init(from: MailMessage.Mailbox, publicURL: String) throws {
        self.text = try MailTemplate(PackageResources.email_text_mustache)
        self.html = try MailTemplate(PackageResources.email_html_mustache)
        self.from = from
        self.publicURL = publicURL
    }

    /// The same for every attempt, so that a second copy has the same `Message-ID` and can be recognised.
    func mail(about notification: Notification, to user: DirectoryUser, address: EmailAddress) -> MailMessage {
        // Names come from outside; a line break in one would write headers of its own.
        let callsign = OneLine.text(user.callsign, limit: 64)
        let title = OneLine.text(notification.title, limit: 150)
        let values = [
            "title": title, "message": OneLine.text(notification.message, limit: 500), "callsign": callsign,
            "priority": notification.priority.rawValue.uppercased(), "time": Self.time(notification.createdAt),
            "room": OneLine.text(notification.room, limit: 64), "late": notification.isLate ? "late" : "",
            "url": self.publicURL,
        ]
        return MailMessage(
            from: self.from, to: [MailMessage.Mailbox(name: callsign, address: address)],
            subject: "BITTEN Alert: " + title, messageID: "<\(notification.id)@\(self.domain)>",
            date: Int64(notification.createdAt), text: self.text.render(values),
            html: self.html.render(values, escape: MailTemplate.escapeHTML),
            headers: [
                // RFC 3834: vacation notices do not answer these.
                (name: "Auto-Submitted", value: "auto-generated"),
                (name: "X-Squad-Chat-Notification", value: notification.id.rawValue),
            ])
    }

    /// What stands after the `@` of the sender.
    private var domain: Substring {
        self.from.address.rawValue.drop { $0 != "@" }.dropFirst()
    }

    /// `2026-11-22 10:07 UTC`
    private static func time(_ milliseconds: Int) -> String {
        let text = Timestamp(milliseconds: Int64(milliseconds)).rfc3339
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }
}
