import Curl
import Domain
public import ServiceRuntime
import SuiteMembership
import WorkQueue

/// Every setting of the notifier.
public struct NotifierConfiguration: ServiceConfiguration {
    /// How mail leaves.
    enum Mail: Sendable {
        case smtp(SMTPServer)
        /// Demo mode without a server: one `.eml` file per mail in this directory.
        case files(directory: String)
        /// Off, and why.
        case off(reason: String)
    }

    let redisURL: String
    let isDemo: Bool
    let healthPort: Int
    let partitions: Int
    let databaseURL: String
    let mail: Mail
    let mailFrom: MailMessage.Mailbox
    /// Transfers to the mail server at one time.
    let mailConnections: Int
    let mailRetries: RetryPolicy
    /// What happened longer ago is not announced as news.
    let fresh: Duration
    /// At most one mail about signals to one user in this time.
    let signalMailInterval: Duration
    /// Links in mails lead here.
    let publicURL: String
    /// The longest a delivery of a killed process waits.
    let claim: Duration

    public init(_ settings: inout SettingsReader) throws(SettingsError) {
        self.redisURL = try settings.url(
            "REDIS_URL", default: "redis://localhost:6379", schemes: ["redis", "rediss", "unix"],
            describe: "The Redis that all services share.")
        let dataDirectory = try settings.string("DATA_DIR", default: "var", describe: "Where files are kept.")
        self.isDemo = try settings.bool(
            "DEMO_MODE", default: false, describe: "Writes mails to files when there is no mail server.")
        self.healthPort = try settings.integer(
            "HEALTH_PORT", default: 5012, range: 0...65_535, describe: "Port of /healthz, told to operators.")
        self.partitions = try settings.partitions()
        self.databaseURL = try settings.url(
            "NOTIFIER_DATABASE_URL", default: "sqlite:\(dataDirectory)/notifier.sqlite", schemes: ["sqlite"],
            describe: "Where preferences are kept.")
        self.fresh = try settings.duration(
            "NOTIFY_FRESH_SECONDS", default: .seconds(300), range: .seconds(1)...(.seconds(86_400)),
            describe: "Signals older than this alert nobody; older mentions are marked as late.")
        self.signalMailInterval = try settings.duration(
            "SIGNAL_EMAIL_INTERVAL_SECONDS", default: .seconds(900), range: .seconds(1)...(.seconds(86_400)),
            describe: "At most one mail about trading signals to one user in this time.")
        self.publicURL = try settings.url(
            "PUBLIC_URL", default: "http://localhost:5000", schemes: ["http", "https"],
            describe: "Where people open the page; links in mails lead here.")
        self.claim = try settings.duration(
            "DELIVERY_CLAIM_SECONDS", default: .seconds(15), range: .milliseconds(500)...(.seconds(300)),
            describe: "The longest a delivery waits whose process was killed in the middle of it.")
        let enabled = try settings.bool(
            "EMAIL_ENABLED", default: true, describe: "Whether mail is sent at all.",
            fileKey: "notification_settings.email_enabled")
        let server = try Self.server(&settings)
        self.mailFrom = try Self.sender(&settings)
        self.mailConnections = try settings.integer(
            "SMTP_CONNECTIONS", default: 4, range: 1...64, describe: "Mails under way at one time.")
        let base = try settings.duration(
            "EMAIL_RETRY_BASE_SECONDS", default: .seconds(2), range: .milliseconds(10)...(.seconds(3_600)),
            describe: "The widest wait after the first failed attempt; doubles with each.")
        let cap = try settings.duration(
            "EMAIL_RETRY_CAP_SECONDS", default: .seconds(900), range: .milliseconds(10)...(.seconds(86_400)),
            describe: "No wait between attempts is longer.")
        let attempts = try settings.integer(
            "EMAIL_MAX_ATTEMPTS", default: 12, range: 1...100, describe: "Attempts before a mail is given up.")
        self.mailRetries = RetryPolicy(base: base, cap: max(base, cap), maximumAttempts: attempts)
        self.mail =
            if !enabled {
                .off(reason: "EMAIL_ENABLED is off")
            } else if let server {
                .smtp(server)
            } else if self.isDemo {
                .files(directory: "\(dataDirectory)/mail")
            } else {
                .off(reason: "SMTP_HOST is not set")
            }
    }

    private static func server(_ settings: inout SettingsReader) throws(SettingsError) -> SMTPServer? {
        let host = try settings.optionalString("SMTP_HOST", describe: "The mail server; unset = no mail.")
        let port = try settings.integer("SMTP_PORT", default: 587, range: 1...65_535, describe: "Its port.")
        let encryption = try settings.choice(
            "SMTP_TLS", default: SMTPServer.Encryption.startTLS,
            describe: "starttls is required of the server when chosen; none only for a server next door.")
        let user = try settings.optionalString("SMTP_USER", describe: "The name for AUTH; unset = no AUTH.")
        let password = try settings.secret("SMTP_PASS", describe: "The password for AUTH.")
        let authorities = try settings.readableFile(
            "SMTP_CA_FILE", describe: "PEM file of the authorities that may vouch for the server.")
        let timeout = try settings.duration(
            "SMTP_TIMEOUT_SECONDS", default: .seconds(60), range: .milliseconds(100)...(.seconds(600)),
            describe: "For handing over one mail, the connection included.")
        guard let host else { return nil }
        if user != nil, password == nil { throw SettingsError("SMTP_PASS", "is required when SMTP_USER is set") }
        let credentials = user.flatMap { user in
            password.map { SMTPServer.Credentials(user: user, password: $0) }
        }
        return SMTPServer(
            host: host, port: port, encryption: encryption, credentials: credentials,
            trust: TLSTrust(authorityFile: authorities), connectTimeout: min(.seconds(10), timeout), timeout: timeout)
    }

    private static func sender(_ settings: inout SettingsReader) throws(SettingsError) -> MailMessage.Mailbox {
        let text = try settings.string(
            "EMAIL_FROM", default: "squad-chat@localhost", describe: "The sender; its domain also names the mails.")
        let name = try settings.string(
            "EMAIL_FROM_NAME", default: "BITTEN Command", describe: "The sender's name as people see it.")
        do {
            return MailMessage.Mailbox(name: name, address: try EmailAddress(text))
        } catch {
            throw SettingsError("EMAIL_FROM", "is no address: expected name@domain in ASCII")
        }
    }
}
