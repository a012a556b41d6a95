import Curl
import Domain

/// By mail: to a server, or in demo mode into a file.
struct EmailProvider: DeliveryProvider {
    let roster: any Roster
    let renderer: NotificationRenderer
    let carrier: any MailCarrier

    func deliver(_ notification: Notification) async throws(DeliveryError) {
        // Looked up now: the address may have changed, or the user gone, since it was planned.
        guard let user = self.roster.user(notification.user), user.isActive else {
            throw .recipientGone("the user is not active")
        }
        guard let text = user.email else { throw .recipientGone("no mail address") }
        let address: EmailAddress
        do throws(MailMessageError) { address = try EmailAddress(text) } catch {
            throw .recipientGone("the mail address is malformed")
        }
        let message = self.renderer.mail(about: notification, to: user, address: address)
        let content: [UInt8]
        do throws(MailMessageError) { content = try message.encoded() } catch { throw .rejected("\(error)") }
        try await self.carrier.carry(
            MailSubmission(sender: message.from.address, recipients: [address], content: content),
            id: notification.id)
    }
}

/// What takes a finished mail.
protocol MailCarrier: Sendable {
    func carry(_ mail: MailSubmission, id: NotificationID) async throws(DeliveryError)
}

/// Hands mails to a mail server.
struct SMTPCarrier: MailCarrier {
    let curl: CurlClient
    let server: SMTPServer

    func carry(_ mail: MailSubmission, id: NotificationID) async throws(DeliveryError) {
        do throws(CurlError) {
            _ = try await self.curl.send(mail, to: self.server)
        } catch {
            throw DeliveryError(error)
        }
    }
}

extension DeliveryError {
    /// What a failed mail transfer means for the delivery.
    init(_ error: CurlError) {
        switch error {
        case .invalid(let text): self = .rejected(text)
        case .unreachable, .shutDown, .responseTooLarge: self = .unavailable("\(error)")
        case .untrusted, .notAuthenticated: self = .misconfigured("\(error)")
        case .timedOut, .connectionLost, .cancelled:
            self = error.mayHaveRun ? .uncertain("\(error)") : .unavailable("\(error)")
        case .refused(let refusal):
            switch refusal.stage {
            // Refused before it knew what we bring: a verdict on us or its state, not on this mail.
            case .greeting, .hello: self = .unavailable("\(error)")
            case .recipients: self = refusal.reply.isPermanent ? .recipientGone("\(error)") : .unavailable("\(error)")
            case .sender, .content: self = refusal.reply.isPermanent ? .rejected("\(error)") : .unavailable("\(error)")
            }
        }
    }
}
