import Curl
import Domain

/// By mail: to a server, or in demo mode into a file.
struct EmailProvider: DeliveryProvider {
    let roster: any Roster
    let renderer: NotificationRenderer
    let carrier: any MailCarrier

    func deliver(_ notifications: [Notification]) async -> [DeliveryError?] {
        var errors: [DeliveryError?] = []
        for notification in notifications {
            do throws(DeliveryError) {
                try await self.deliver(notification)
                errors.append(nil)
            } catch {
                errors.append(error)
            }
        }
        return errors
    }

    private func deliver(_ notification: Notification) async throws(DeliveryError) {
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
