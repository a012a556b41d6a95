/// A message in RFC 5322 and MIME: plain text, and HTML beside it for those who show it.
public struct MailMessage: Sendable {
    /// A name for people with its address.
    public struct Mailbox: Sendable, Equatable {
        public var name: String?
        public var address: EmailAddress

        public init(name: String? = nil, address: EmailAddress) {
            self.name = name
            self.address = address
        }
    }

    public var from: Mailbox
    public var to: [Mailbox]
    /// Any Unicode text without control characters.
    public var subject: String
    /// With its angle brackets: `<left@right>`. The same for every attempt, so that a second copy can be recognised.
    public var messageID: String
    /// Milliseconds since 1970.
    public var date: Int64
    /// Plain text; any line break.
    public var text: String
    /// HTML; nil = plain text alone.
    public var html: String?
    /// Further headers, such as `List-Unsubscribe`; Unicode is encoded.
    public var headers: [(name: String, value: String)]

    public init(
        from: Mailbox, to: [Mailbox], subject: String, messageID: String, date: Int64, text: String,
        html: String? = nil, headers: [(name: String, value: String)] = []
    ) {
        self.from = from
        self.to = to
        self.subject = subject
        self.messageID = messageID
        self.date = date
        self.text = text
        self.html = html
        self.headers = headers
    }

    /// The message as it goes over the wire: CRLF line ends, no line over 998 bytes, 7-bit only. Same input, same bytes.
    public func encoded() throws(MailMessageError) -> [UInt8] {
        guard !self.to.isEmpty else { throw .noRecipients }
        guard Self.isMessageID(self.messageID) else { throw .invalidMessageID }
        var lines = [
            "Date: \(MailDate.text(milliseconds: self.date))",
            "From: \(try MailHeader.mailbox(self.from, header: "From"))",
            "To: \(try self.recipients())",
            "Message-ID: \(self.messageID)",
            try MailHeader.field("Subject", self.subject),
        ]
        for (name, value) in self.headers {
            guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }) else {
                throw .invalidHeaderName
            }
            lines.append(try MailHeader.field(name, value))
        }
        lines.append("MIME-Version: 1.0")
        var bytes = Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
        bytes.reserveCapacity(bytes.count + 2 * (self.text.utf8.count + (self.html?.utf8.count ?? 0)))
        if let html {
            // “=_” cannot occur in quoted-printable text (RFC 2045 §6.7), so the boundary never meets the content.
            let boundary = "=_squad-chat_alternative"
            bytes += "Content-Type: multipart/alternative; boundary=\"\(boundary)\"\r\n\r\n".utf8
            for (type, content) in [("plain", self.text), ("html", html)] {
                bytes += "--\(boundary)\r\n".utf8
                Self.append(type, content, to: &bytes)
            }
            bytes += "--\(boundary)--\r\n".utf8
        } else {
            Self.append("plain", self.text, to: &bytes)
        }
        return bytes
    }

    private static func append(_ type: String, _ content: String, to bytes: inout [UInt8]) {
        bytes += "Content-Type: text/\(type); charset=utf-8\r\n".utf8
        bytes += "Content-Transfer-Encoding: quoted-printable\r\n\r\n".utf8
        QuotedPrintable.append(content, to: &bytes)
        bytes += "\r\n".utf8
    }

    private func recipients() throws(MailMessageError) -> String {
        var texts: [String] = []
        for mailbox in self.to { texts.append(try MailHeader.mailbox(mailbox, header: "To")) }
        return texts.joined(separator: ",\r\n ")
    }

    private static func isMessageID(_ text: String) -> Bool {
        guard text.utf8.count <= 250, text.first == "<", text.last == ">" else { return false }
        let inner = text.dropFirst().dropLast()
        return inner.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
            && inner.split(separator: "@", omittingEmptySubsequences: false).count == 2
            && inner.first != "@" && inner.last != "@"
    }
}
