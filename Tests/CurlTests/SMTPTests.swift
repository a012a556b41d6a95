import Foundation
import Logging
import TestSupport
import Testing

@testable import Curl

/// Against a real server.
struct SMTPTests {
    private let curl = CurlClient(CurlConfiguration(connectionsPerHost: 1), logger: Logger(label: "test"))

    private func server(
        _ port: Int, encryption: SMTPServer.Encryption = .none, credentials: SMTPServer.Credentials? = nil,
        trust: TLSTrust = TLSTrust(), timeout: Duration = .seconds(60)
    ) -> SMTPServer {
        SMTPServer(
            host: "localhost", port: port, encryption: encryption, credentials: credentials, trust: trust,
            timeout: timeout)
    }

    private func mail(
        to recipients: String..., from sender: String = "hq", text: String = "Hi"
    ) throws -> MailSubmission {
        let addresses = try recipients.map { try EmailAddress("\($0)@example.test") }
        let message = MailMessage(
            from: .init(name: "HQ", address: try EmailAddress("\(sender)@example.test")),
            to: addresses.map { .init(address: $0) }, subject: "Grüße 🎯", messageID: "<notif_1@example.test>",
            date: 1_795_363_388_000, text: text, html: "<p>\(text)</p>")
        return MailSubmission(sender: message.from.address, recipients: addresses, content: try message.encoded())
    }

    private func refusal(_ body: () async throws -> MailReceipt) async throws -> SMTPRefusal {
        do {
            _ = try await body()
        } catch let error as CurlError {
            if case .refused(let refusal) = error { return refusal }
            throw error
        }
        throw CurlError.invalid("was not refused")
    }

    @Test("a mail arrives as it was written, dots and long lines included")
    func arrives() async throws {
        let server = try await MailServer.start()
        let text = ".\n..two dots\nend =20 \(String(repeating: "é", count: 500))"
        let receipt = try await self.curl.send(self.mail(to: "viper-1", text: text), to: self.server(server.port))
        #expect(receipt.reply == SMTPReply(code: 250, text: "OK queued"))
        #expect(receipt.recipients.map(\.reply.code) == [250])
        let mail = try #require(try server.mails().first)
        #expect(mail.subject == "Grüße 🎯")
        #expect(mail.text.replacingOccurrences(of: "\r\n", with: "\n") == text)
        #expect(mail.messageID == "<notif_1@example.test>")
        #expect(!mail.encrypted)
    }

    @Test("with STARTTLS the password travels encrypted, and the certificate is checked against the given authority")
    func startTLS() async throws {
        let server = try await MailServer.start(startTLS: true, user: "suite", password: "p@ss wörd")
        let good = SMTPServer.Credentials(user: "suite", password: "p@ss wörd")
        let trust = TLSTrust(authorityFile: MailServer.certificateFile)
        let target = self.server(server.port, encryption: .startTLS, credentials: good, trust: trust)
        _ = try await self.curl.send(self.mail(to: "viper-1"), to: target)
        let mail = try #require(try server.mails().first)
        #expect(mail.encrypted && mail.user == "suite")

        let wrong = self.server(
            server.port, encryption: .startTLS, credentials: .init(user: "suite", password: "no"), trust: trust)
        await #expect(throws: CurlError.notAuthenticated("535 5.7.8 Authentication credentials invalid")) {
            try await self.curl.send(self.mail(to: "viper-1"), to: wrong)
        }
        // The system's authorities do not know our certificate.
        let untrusting = self.server(server.port, encryption: .startTLS, credentials: good)
        await #expect { try await self.curl.send(self.mail(to: "viper-1"), to: untrusting) } throws: { error in
            if case .untrusted = error as? CurlError { true } else { false }
        }
        #expect(try server.mails().count == 1)
    }

    @Test("a server without STARTTLS gets nothing when it is required")
    func startTLSRequired() async throws {
        let server = try await MailServer.start()
        await #expect {
            try await self.curl.send(self.mail(to: "viper-1"), to: self.server(server.port, encryption: .startTLS))
        } throws: { error in
            if case .untrusted = error as? CurlError { true } else { false }
        }
        #expect(try server.mails().isEmpty)
    }

    @Test("a temporary refusal is told as one, and the next attempt succeeds")
    func temporary() async throws {
        let server = try await MailServer.start()
        let target = self.server(server.port)
        let first = try await self.refusal { try await self.curl.send(self.mail(to: "busy1"), to: target) }
        #expect(first.reply.code == 451 && first.reply.isTemporary && first.stage == .recipients)
        _ = try await self.curl.send(self.mail(to: "busy1"), to: target)

        let second = try await self.refusal { try await self.curl.send(self.mail(to: "later1"), to: target) }
        #expect(second.reply.code == 451 && second.stage == .content)
        _ = try await self.curl.send(self.mail(to: "later1"), to: target)
        #expect(try server.mails().map(\.recipients) == [["busy1@example.test"], ["later1@example.test"]])
    }

    @Test("a permanent refusal says at which step, of whom, and why")
    func permanent() async throws {
        let server = try await MailServer.start()
        let target = self.server(server.port)
        let gone = try await self.refusal { try await self.curl.send(self.mail(to: "gone"), to: target) }
        #expect(gone.stage == .recipients && gone.reply == SMTPReply(code: 550, text: "5.1.1 no such user"))
        #expect(gone.recipients.map(\.address) == ["gone@example.test"])
        let refused = try await self.refusal { try await self.curl.send(self.mail(to: "refuse"), to: target) }
        #expect(refused.stage == .content && refused.reply.isPermanent)
    }

    @Test("a sender whom the server does not want is told in its words, and whether for ever")
    func sender() async throws {
        let server = try await MailServer.start()
        let target = self.server(server.port)
        let unwanted = try await self.refusal {
            try await self.curl.send(self.mail(to: "viper-1", from: "unwanted"), to: target)
        }
        #expect(unwanted.stage == .sender && unwanted.reply.isPermanent)
        #expect(unwanted.reply == SMTPReply(code: 550, text: "5.7.1 sender not allowed"))

        let unready = try await self.refusal {
            try await self.curl.send(self.mail(to: "viper-1", from: "unready1"), to: target)
        }
        #expect(unready.stage == .sender && unready.reply == SMTPReply(code: 451, text: "4.7.1 greylisted"))
        _ = try await self.curl.send(self.mail(to: "viper-1", from: "unready1"), to: target)
        #expect(try server.mails().map(\.sender) == ["unready1@example.test"])
    }

    @Test("a server that does not want us is told in its words")
    func hello() async throws {
        let server = try await MailServer.start()
        var target = self.server(server.port)
        target.localName = "stranger.test"
        let refusal = try await self.refusal { try await self.curl.send(self.mail(to: "viper-1"), to: target) }
        #expect(refusal.stage == .hello && refusal.reply == SMTPReply(code: 550, text: "5.7.1 not from there"))
    }

    @Test("one dead address does not keep the others from their mail")
    func someRecipients() async throws {
        let server = try await MailServer.start()
        let receipt = try await self.curl.send(self.mail(to: "viper-1", "gone", "busy"), to: self.server(server.port))
        #expect(receipt.recipients.map(\.reply.code) == [250, 550, 451])
        #expect(try server.mails().map(\.recipients) == [["viper-1@example.test"]])
    }

    @Test("mails share one connection")
    func reuse() async throws {
        let server = try await MailServer.start()
        for _ in 0..<5 { _ = try await self.curl.send(self.mail(to: "viper-1"), to: self.server(server.port)) }
        let mails = try server.mails()
        #expect(mails.count == 5)
        #expect(Set(mails.map(\.connection)).count == 1)
    }

    @Test("a server that takes the mail and never answers may have delivered it")
    func unanswered() async throws {
        let server = try await MailServer.start()
        let target = self.server(server.port, timeout: .seconds(6))
        await #expect(throws: CurlError.timedOut(mayHaveRun: true)) {
            try await self.curl.send(self.mail(to: "hang"), to: target)
        }
        await #expect {
            try await self.curl.send(self.mail(to: "drop"), to: self.server(server.port))
        } throws: { error in
            (error as? CurlError)?.mayHaveRun == true
        }
        #expect(try server.mails().count == 2)
    }

    @Test("a server that never greets, or is not there, has delivered nothing")
    func silent() async throws {
        let server = try await MailServer.start(isSilent: true)
        await #expect(throws: CurlError.timedOut(mayHaveRun: false)) {
            try await self.curl.send(self.mail(to: "viper-1"), to: self.server(server.port, timeout: .seconds(1)))
        }
        await #expect {
            try await self.curl.send(self.mail(to: "viper-1"), to: self.server(try freePort()))
        } throws: { error in
            if case .unreachable = error as? CurlError { true } else { false }
        }
    }

    @Test("cancelling aborts the transfer at once and leaves the client usable")
    func cancellation() async throws {
        let server = try await MailServer.start()
        let hanging = Task { try await self.curl.send(self.mail(to: "hang"), to: self.server(server.port)) }
        await eventually { try server.mails().count == 1 }
        let began = ContinuousClock.now
        hanging.cancel()
        await #expect(throws: CurlError.cancelled(mayHaveRun: true)) { try await hanging.value }
        #expect(ContinuousClock.now - began < .seconds(10))
        _ = try await self.curl.send(self.mail(to: "viper-1"), to: self.server(server.port))

        let before = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await self.curl.send(self.mail(to: "ghost-2"), to: self.server(server.port))
        }
        await #expect(throws: CurlError.cancelled(mayHaveRun: false)) { try await before.value }
        #expect(try server.mails().map { $0.recipients[0] } == ["hang@example.test", "viper-1@example.test"])
    }

    @Test("a server that does not answer holds up its own thread only")
    func threads() async throws {
        let server = try await MailServer.start()
        let curl = CurlClient(CurlConfiguration(connectionsPerHost: 1, threads: 2), logger: Logger(label: "test"))
        let hanging = Task { try await curl.send(self.mail(to: "hang"), to: self.server(server.port)) }
        await eventually { try server.mails().count == 1 }
        for _ in 0..<3 { _ = try await curl.send(self.mail(to: "viper-1"), to: self.server(server.port)) }
        #expect(try server.mails().count == 4)
        hanging.cancel()
        await #expect(throws: CurlError.cancelled(mayHaveRun: true)) { try await hanging.value }
    }

    @Test("after the shutdown every call says so, those under way too")
    func shutdown() async throws {
        let server = try await MailServer.start()
        let curl = CurlClient(logger: Logger(label: "test"))
        let hanging = Task { try await curl.send(self.mail(to: "hang"), to: self.server(server.port)) }
        await eventually { try server.mails().count == 1 }
        curl.shutdown()
        await #expect(throws: CurlError.cancelled(mayHaveRun: true)) { try await hanging.value }
        await #expect(throws: CurlError.shutDown) {
            try await curl.send(self.mail(to: "viper-1"), to: self.server(server.port))
        }
    }
}
