/// Where and how mail is handed over.
public struct SMTPServer: Sendable, Equatable {
    /// How the connection is protected.
    public enum Encryption: String, Sendable, CaseIterable {
        /// Starts in the clear and must go over to TLS before anything else (RFC 3207); a server without it is refused.
        case startTLS = "starttls"
        /// TLS from the first byte (RFC 8314), usually port 465.
        case implicit
        /// None. Only for a server on the same machine or a private network.
        case none
    }

    public var host: String
    /// 1–65535.
    public var port: Int
    public var encryption: Encryption
    /// User and password for AUTH; nil = none.
    public var credentials: Credentials?
    /// The name we give in EHLO.
    public var localName: String
    public var trust: TLSTrust
    /// For the connection alone.
    public var connectTimeout: Duration
    /// For one message, the connection included.
    public var timeout: Duration

    /// A name and its password. Its description never shows the password.
    public struct Credentials: Sendable, Equatable, CustomStringConvertible {
        public var user: String
        public var password: String

        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }

        public var description: String { "\(self.user):•••" }
    }

    /// - Parameters:
    ///   - host: A name or an address.
    ///   - port: Default 587, the submission port.
    ///   - encryption: Default ``Encryption/startTLS``.
    ///   - credentials: nil = no AUTH.
    ///   - localName: The name we give in EHLO; default `localhost`.
    ///   - trust: Default: the authorities of the system.
    ///   - connectTimeout: Default 10 s.
    ///   - timeout: For one message; default 60 s.
    public init(
        host: String, port: Int = 587, encryption: Encryption = .startTLS, credentials: Credentials? = nil,
        localName: String = "localhost", trust: TLSTrust = TLSTrust(), connectTimeout: Duration = .seconds(10),
        timeout: Duration = .seconds(60)
    ) {
        self.host = host
        self.port = port
        self.encryption = encryption
        self.credentials = credentials
        self.localName = localName
        self.trust = trust
        self.connectTimeout = connectTimeout
        self.timeout = timeout
    }

    /// The URL curl wants; its path is the name given in EHLO.
    func url() throws(CurlError) -> String {
        let isHost = { (text: String) in
            !text.isEmpty
                && text.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":")].contains(byte)
                }
        }
        guard isHost(self.host), (1...65_535).contains(self.port) else { throw .invalid("SMTP host or port") }
        guard isHost(self.localName), !self.localName.contains(":") else { throw .invalid("SMTP local name") }
        let host = self.host.contains(":") ? "[\(self.host)]" : self.host
        let scheme = self.encryption == .implicit ? "smtps" : "smtp"
        return "\(scheme)://\(host):\(self.port)/\(self.localName)"
    }
}

/// One answer of a mail server (RFC 5321 §4.2).
public struct SMTPReply: Sendable, Equatable, CustomStringConvertible {
    /// 200–599.
    public let code: Int
    /// The text of its last line.
    public let text: String

    public init(code: Int, text: String) {
        self.code = code
        self.text = text
    }

    public var isPositive: Bool { (200...399).contains(self.code) }
    /// Trying later may work (4xx).
    public var isTemporary: Bool { (400...499).contains(self.code) }
    /// Trying again is useless (5xx).
    public var isPermanent: Bool { self.code >= 500 }

    public var description: String { self.text.isEmpty ? "\(self.code)" : "\(self.code) \(self.text)" }
}

/// What a server said about one recipient.
public struct RecipientReply: Sendable, Equatable {
    public let address: String
    public let reply: SMTPReply

    public init(address: String, reply: SMTPReply) {
        self.address = address
        self.reply = reply
    }
}

/// A message that the server took for nobody.
public struct SMTPRefusal: Sendable, Equatable, CustomStringConvertible {
    /// The step of the dialogue that was refused.
    public enum Stage: String, Sendable {
        case greeting, hello, authentication, sender, recipients, content
    }

    public let stage: Stage
    public let reply: SMTPReply
    /// One for each recipient that was named before the refusal.
    public let recipients: [RecipientReply]

    public init(stage: Stage, reply: SMTPReply, recipients: [RecipientReply]) {
        self.stage = stage
        self.reply = reply
        self.recipients = recipients
    }

    public var description: String { "\(self.stage.rawValue) refused: \(self.reply)" }
}

/// Proof that a server took responsibility for a message.
public struct MailReceipt: Sendable, Equatable {
    /// Its answer after the content; often with its queue number.
    public let reply: SMTPReply
    /// In the order of the submission; some may have been refused.
    public let recipients: [RecipientReply]
}
