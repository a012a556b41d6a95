public import Foundation

/// A real SMTP server (aiosmtpd) of a test's own, on loopback. What it does with a message is asked for by the
/// recipient's name; see `Tests/Fixtures/smtp/server.py`. It is killed when this object goes away.
public final class MailServer: Sendable {
    /// One message that it took.
    public struct Mail: Decodable, Sendable {
        /// The client's port: the same for mails of one connection.
        public let connection: Int
        public let sender: String
        public let recipients: [String]
        public let messageID: String?
        public let subject: String
        public let text: String
        public let html: String
        /// Whether it came over TLS.
        public let encrypted: Bool
        /// Who had signed in.
        public let user: String?
        /// The bytes as they came, in base64.
        public let content: Data

        enum CodingKeys: String, CodingKey {
            case connection, sender, recipients, subject, text, html, encrypted, user, content
            case messageID = "message_id"
        }
    }

    /// Why there is no server.
    public struct StartError: Error, CustomStringConvertible {
        public let description: String
    }

    /// On 127.0.0.1, also called `localhost` in its certificate.
    public let port: Int
    /// The authority that vouches for it.
    public static var certificateFile: String { Fixture.url("smtp/certificate.pem").path }

    private let directory: String
    private let child: ChildProcess

    /// Starts a server that answers when this returns.
    ///
    /// - Parameters:
    ///   - startTLS: Whether it asks for STARTTLS.
    ///   - user: Whom it lets in, with `password`; nil = everybody.
    ///   - isSilent: Accepts connections and never says a word.
    public static func start(
        startTLS: Bool = false, user: String? = nil, password: String = "", isSilent: Bool = false
    ) async throws -> MailServer {
        let directory = try temporaryDirectory()
        var arguments = [try Self.python(), Fixture.url("smtp/server.py").path, "--log", "\(directory)/mails"]
        if startTLS {
            arguments += ["--certificate", Self.certificateFile, "--key", Fixture.url("smtp/key.pem").path]
        }
        if let user { arguments += ["--user", user, "--password", password] }
        if isSilent { arguments.append("--silent") }
        let child = try ChildProcess(arguments, output: "\(directory)/output")
        let portFile = "\(directory)/mails.port"
        let isUp = await isTrue(within: .seconds(30)) {
            (try? String(contentsOfFile: portFile, encoding: .utf8))?.hasSuffix("\n") == true
        }
        guard isUp, let text = try? String(contentsOfFile: portFile, encoding: .utf8),
            let port = Int(text.prefix { $0 != "\n" })
        else {
            let output = (try? String(contentsOfFile: "\(directory)/output", encoding: .utf8)) ?? ""
            throw StartError(description: "the mail server does not start: \(output.suffix(500))")
        }
        return MailServer(port: port, directory: directory, child: child)
    }

    private init(port: Int, directory: String, child: ChildProcess) {
        self.port = port
        self.directory = directory
        self.child = child
    }

    deinit {
        self.child.kill()
        try? FileManager.default.removeItem(atPath: self.directory)
    }

    /// What it has taken so far, also when it never said so.
    public func mails() throws -> [Mail] {
        let text = (try? String(contentsOfFile: "\(self.directory)/mails", encoding: .utf8)) ?? ""
        // A line without its end is still being written.
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        return try lines.map { try JSONDecoder().decode(Mail.self, from: Data($0.utf8)) }
    }

    /// The interpreter that has aiosmtpd: `SQUADCHAT_PYTHON`, or that of `.venv`, which `scripts/test` makes.
    private static func python() throws -> String {
        let named = ProcessInfo.processInfo.environment["SQUADCHAT_PYTHON"]
        let path = named ?? Fixture.root.appending(path: ".venv/bin/python").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw StartError(description: "no Python at \(path): run scripts/test, or set SQUADCHAT_PYTHON")
        }
        return path
    }
}
