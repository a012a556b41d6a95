import Curl
import Domain
import FoundationEssentials
import Logging

/// Demo mode: each mail as a file that any mail program opens.
struct MailFiles: MailCarrier {
    let directory: String
    let logger: Logger

    func carry(_ mail: MailSubmission, id: NotificationID) async throws(DeliveryError) {
        let path = "\(self.directory)/\(id).eml"
        do {
            try FileManager.default.createDirectory(atPath: self.directory, withIntermediateDirectories: true)
            // Atomic, and the same name for every attempt: a repeat is the same file.
            try Data(mail.content).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw .unavailable("\(path) cannot be written: \(error)")
        }
        self.logger.notice(
            "mail written to a file, because SMTP_HOST is not set",
            metadata: ["file": "\(path)", "to": "\(mail.recipients.map(\.rawValue).joined(separator: ","))"])
    }
}
