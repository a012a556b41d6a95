import CCurl
import Synchronization

/// A message and its envelope (RFC 5321): the envelope decides who gets it, not the headers.
public struct MailSubmission: Sendable {
    public var sender: EmailAddress
    /// At least one.
    public var recipients: [EmailAddress]
    /// The bytes of ``MailMessage/encoded()``: lines end in CRLF. Dot-stuffing is curl's.
    public var content: [UInt8]

    public init(sender: EmailAddress, recipients: [EmailAddress], content: [UInt8]) {
        self.sender = sender
        self.recipients = recipients
        self.content = content
    }
}

/// Transfers of ``MailSubmission``s, one after the other, to one server.
final class MailTransfer: CurlTransfer, @unchecked Sendable {
    let server: SMTPServer
    private var dialogue = SMTPDialogue(recipients: [])

    init(_ server: SMTPServer) throws(CurlError) {
        self.server = server
        try super.init(
            url: server.url(), protocols: "smtp,smtps",
            limits: TransferLimits(connect: server.connectTimeout, total: server.timeout), trust: server.trust)
        // “All”: a server that does not offer STARTTLS is an error, never a fall back to clear text.
        try self.set(
            CURLOPT_USE_SSL, Int((server.encryption == .none ? CURLUSESSL_NONE : CURLUSESSL_ALL).rawValue))
        if let credentials = server.credentials {
            try self.set(CURLOPT_USERNAME, credentials.user)
            try self.set(CURLOPT_PASSWORD, credentials.password)
        }
        try self.set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1)  // the three Ls are curl's
        try self.set(CURLOPT_UPLOAD, 1)
        try self.watchWire()
    }

    /// What goes next.
    func load(_ mail: MailSubmission) throws(CurlError) {
        guard !mail.recipients.isEmpty else { throw .invalid("a mail without recipients") }
        self.dialogue = SMTPDialogue(recipients: mail.recipients.map(\.rawValue))
        try self.set(CURLOPT_MAIL_FROM, "<\(mail.sender.rawValue)>")
        try self.set(CURLOPT_MAIL_RCPT, list: mail.recipients.map { "<\($0.rawValue)>" })
        try self.setUpload(mail.content, size: CURLOPT_INFILESIZE_LARGE)
        // Only a connection whose last mail was answered is fit for another. curl would also keep one on which the answer
        // is still due, and the next mail would wait behind it.
        try self.set(CURLOPT_FORBID_REUSE, 1)
    }

    /// After the last byte of the content the server may act on it, whether or not we hear of it.
    override var isHandedOver: Bool {
        self.taken == self.upload.count && self.dialogue.stage == .content && self.dialogue.contentReply == nil
    }

    /// Only valid after success.
    var receipt: MailReceipt {
        MailReceipt(
            reply: self.dialogue.contentReply ?? SMTPReply(code: self.number(CURLINFO_RESPONSE_CODE), text: ""),
            recipients: self.dialogue.recipients)
    }

    override func observe(_ kind: curl_infotype, _ bytes: UnsafeRawBufferPointer) {
        switch kind {
        case CURLINFO_HEADER_OUT: self.dialogue.sent(bytes)
        case CURLINFO_HEADER_IN:
            self.dialogue.received(bytes)
            if self.dialogue.contentReply != nil { _ = squadchat_curl_set_long(self.handle, CURLOPT_FORBID_REUSE, 0) }
        default: break  // content and curl's own remarks
        }
    }

    override func finish(_ code: CURLcode) -> Result<Void, CurlError> {
        switch code {
        case CURLE_OK:
            if let refusal = self.dialogue.refusal { return .failure(.refused(refusal)) }
            return .success(())
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_WEIRD_SERVER_REPLY, CURLE_REMOTE_ACCESS_DENIED,
            CURLE_HTTP_RETURNED_ERROR, CURLE_COULDNT_CONNECT, CURLE_UPLOAD_FAILED, CURLE_GOT_NOTHING:
            // curl tells a refused command and a broken connection apart no further than this; the dialogue does.
            if let refusal = self.dialogue.refusal { return .failure(.refused(refusal)) }
            return .failure(self.failure(code))
        case CURLE_LOGIN_DENIED:
            guard let refusal = self.dialogue.refusal else { return .failure(self.failure(code)) }
            // RFC 4954: 454 is a temporary failure of the server's own, no verdict on the password.
            return .failure(refusal.reply.isTemporary ? .refused(refusal) : .notAuthenticated("\(refusal.reply)"))
        default:
            return .failure(self.failure(code))
        }
    }
}

/// Transfers that have ended well and can carry another mail: setting one up costs as much as handing a mail over.
final class MailTransfers: Sendable {
    private let idle = Mutex<[MailTransfer]>([])

    func take(_ server: SMTPServer) throws(CurlError) -> MailTransfer {
        let known = self.idle.withLock { idle in
            idle.lastIndex { $0.server == server }.map { idle.remove(at: $0) }
        }
        if let known { return known }
        return try MailTransfer(server)
    }

    func putBack(_ transfer: MailTransfer) {
        self.idle.withLock { idle in
            if idle.count < 64 { idle.append(transfer) }
        }
    }
}
