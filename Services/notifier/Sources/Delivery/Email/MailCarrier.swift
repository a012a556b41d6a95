import Curl
import Domain

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
