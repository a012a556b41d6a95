import Domain
import Logging
import Redis
import WorkQueue

/// The right to the one mail about signals that a person gets in an interval; ``NotificationStore`` gives it to a
/// notification when its mail is planned.
struct SignalMails: Sendable {
    let redis: RedisClient
    let logger: Logger

    private static let script = RedisScript(name: "free_signal_mail", source: PackageResources.free_signal_mail_lua)

    /// Takes the right back from mails that are certain never to have been sent: the next signal may be mailed.
    ///
    /// What is not about a signal has no such right, and nothing happens.
    func free(_ jobs: [Job]) async {
        let calls = jobs.compactMap { job -> RedisScript.Call? in
            guard let (user, id) = NoticeReader.recipient(of: job) else { return nil }
            let key = NotifierKeys.signalMail(user: user, slot: NotifierKeys.slot(of: user))
            return RedisScript.Call(Self.script, keys: [key], arguments: [RedisArgument(id.rawValue)])
        }
        guard !calls.isEmpty else { return }
        do throws(RedisError) {
            for reply in try await self.redis.evaluate(calls) { _ = try reply.get() }
        } catch {
            // The right runs out by itself.
            self.logger.warning("the right to a signal's mail is not given back", metadata: ["error": "\(error)"])
        }
    }
}
