import CCurl

/// Follows an SMTP session by its lines: which command the server last answered, and what it said of each recipient.
/// curl tells the last code only, and not of whom.
struct SMTPDialogue {
    /// The command that waits for its answer, or was answered last.
    private(set) var stage = SMTPRefusal.Stage.greeting
    /// What the server refused at this stage, unless it agreed to another command of the stage since.
    private var refused: SMTPReply?
    private(set) var recipients: [RecipientReply] = []
    /// The answer to the content, after the final dot.
    private(set) var contentReply: SMTPReply?
    private var isContentInvited = false
    private var pending: [String]
    private var isNamingRecipient = false
    /// The next answer is that to a farewell: it says nothing of the mail. curl takes leave before it tells of a refusal.
    private var isLeaving = false
    private var partial: [UInt8] = []

    /// - Parameter recipients: In the order in which they will be named.
    init(recipients: [String]) { self.pending = recipients.reversed() }

    /// A command that we sent. Its text is not kept: it may be a password.
    mutating func sent(_ bytes: UnsafeRawBufferPointer) {
        self.isNamingRecipient = false
        self.isLeaving = false
        if bytes.startsWith("MAIL FROM") {
            self.enter(.sender)
        } else if bytes.startsWith("RCPT TO") {
            self.enter(.recipients)
            self.isNamingRecipient = true
        } else if bytes.startsWith("DATA") {
            self.enter(.content)
        } else if bytes.startsWith("EHLO") || bytes.startsWith("HELO") {
            self.enter(.hello)
        } else if bytes.startsWith("AUTH") {
            self.enter(.authentication)
        } else if bytes.startsWith("QUIT") || bytes.startsWith("RSET") {
            self.isLeaving = true
        }
    }

    private mutating func enter(_ stage: SMTPRefusal.Stage) {
        // Going on after a refusal shows that it was none: curl says HELO where EHLO is unknown, and tries other ways to
        // sign in.
        self.refused = nil
        self.stage = stage
    }

    /// Bytes that the server sent: complete lines, or pieces of them.
    mutating func received(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                if self.partial.count < 1_024 { self.partial.append(byte) }
                continue
            }
            self.take(line: String(decoding: self.partial, as: UTF8.self))
            self.partial.removeAll(keepingCapacity: true)
        }
    }

    private mutating func take(line: String) {
        // “250-…” goes on; “250 …” or “250” alone ends the answer.
        guard let code = Int(line.prefix(3)), (200...599).contains(code), line.dropFirst(3).first != "-" else { return }
        guard !self.isLeaving else {
            self.isLeaving = false
            return
        }
        let reply = SMTPReply(code: code, text: line.dropFirst(4).trimmed)
        self.refused = reply.isPositive ? nil : reply
        if self.isNamingRecipient, let address = self.pending.popLast() {
            self.recipients.append(RecipientReply(address: address, reply: reply))
            self.isNamingRecipient = false
        } else if self.stage == .content {
            if self.isContentInvited || code != 354 { self.contentReply = reply }
            self.isContentInvited = true
        }
    }

    /// What the server refused, if it did.
    var refusal: SMTPRefusal? {
        // When everybody was refused, the best hope counts: a temporary one first.
        if !self.recipients.isEmpty, !self.recipients.contains(where: { $0.reply.isPositive }) {
            let reply = self.recipients.first { $0.reply.isTemporary }?.reply ?? self.recipients[0].reply
            return SMTPRefusal(stage: .recipients, reply: reply, recipients: self.recipients)
        }
        guard let reply = self.contentReply ?? self.refused, !reply.isPositive else { return nil }
        return SMTPRefusal(stage: self.stage, reply: reply, recipients: self.recipients)
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func startsWith(_ text: StaticString) -> Bool {
        guard self.count >= text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { self.prefix($0.count).elementsEqual($0) }
    }
}
