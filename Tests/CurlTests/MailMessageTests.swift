import Foundation
import Testing

@testable import Curl

struct MailMessageTests {
    private func message(
        subject: String = "Hello", name: String? = "Viper-1", text: String = "Hi", html: String? = nil,
        headers: [(name: String, value: String)] = []
    ) throws -> MailMessage {
        MailMessage(
            from: .init(name: "BITTEN Command", address: try EmailAddress("hq@example.test")),
            to: [.init(name: name, address: try EmailAddress("viper-1@example.test"))], subject: subject,
            messageID: "<notif_1@example.test>", date: 1_795_363_388_000, text: text, html: html, headers: headers)
    }

    private func text(_ message: MailMessage) throws -> String {
        String(decoding: try message.encoded(), as: UTF8.self)
    }

    @Test("the date is that of RFC 5322, in UTC")
    func date() {
        #expect(MailDate.text(milliseconds: 1_795_363_388_000) == "Sun, 22 Nov 2026 16:03:08 +0000")
        #expect(MailDate.text(milliseconds: 0) == "Thu, 1 Jan 1970 00:00:00 +0000")
        #expect(MailDate.text(milliseconds: 1_709_164_800_000) == "Thu, 29 Feb 2024 00:00:00 +0000")
    }

    @Test(
        "a line break in a header value is refused, wherever it stands",
        arguments: ["a\r\nBcc: x@example.test", "a\nb", "a\rb", "a\u{0}b", "a\u{85}b", "é\r\nBcc: x"])
    func injection(value: String) throws {
        #expect(throws: MailMessageError.controlCharacter(header: "Subject")) {
            try self.message(subject: value).encoded()
        }
        #expect(throws: MailMessageError.controlCharacter(header: "To")) {
            try self.message(name: value).encoded()
        }
        #expect(throws: MailMessageError.controlCharacter(header: "X-Test")) {
            try self.message(headers: [("X-Test", value)]).encoded()
        }
    }

    @Test(
        "what is no plain address is refused",
        arguments: [
            "", "a", "a@", "@b", "a@b@c", "a b@c", "a@b c", "a@b\r\nRCPT TO:<x@y>", "<a@b>", "a@b>", "é@b", "a\u{0}@b",
            String(repeating: "a", count: 65) + "@b",
        ])
    func address(text: String) {
        #expect(throws: MailMessageError.invalidAddress) { try EmailAddress(text) }
    }

    @Test(
        "a message id that is none is refused", arguments: ["a@b", "<ab>", "<a@b>\r\nX: y", "<a@b@c>", "<@b>", "<a@>"])
    func messageID(text: String) throws {
        var message = try self.message()
        message.messageID = text
        #expect(throws: MailMessageError.invalidMessageID) { try message.encoded() }
    }

    @Test("a subject beyond ASCII becomes encoded words of at most 75 characters that decode to it")
    func encodedWords() throws {
        let subject = String(repeating: "Zielübung 🎯 ", count: 12) + "Ende"
        let lines = try self.text(self.message(subject: subject)).components(separatedBy: "\r\n")
        let start = try #require(lines.firstIndex { $0.hasPrefix("Subject: ") })
        let field = [String(lines[start].dropFirst(9))] + lines[(start + 1)...].prefix { $0.hasPrefix(" ") }
        var decoded = Data()
        for word in field.map({ $0.trimmingCharacters(in: .whitespaces) }) {
            #expect(word.count <= 75 && word.hasPrefix("=?UTF-8?B?") && word.hasSuffix("?="))
            let bytes = try #require(Data(base64Encoded: String(word.dropFirst(10).dropLast(2))))
            // Each word by itself is whole characters (RFC 2047 §5).
            #expect(String(validating: bytes, as: UTF8.self) != nil)
            decoded += bytes
        }
        #expect(String(decoding: decoded, as: UTF8.self) == subject)
        #expect(lines[start].utf8.count <= 76)
    }

    @Test("text that looks like an encoded word is encoded, so that nobody decodes what was not written")
    func lookalike() throws {
        #expect(try self.text(self.message(subject: "=?UTF-8?B?eA==?=")).contains("Subject: =?UTF-8?B?PT9V"))
    }

    @Test("quotes and backslashes in a name are escaped")
    func quotedName() throws {
        #expect(try self.text(self.message(name: #"The "Viper" \ 1"#)).contains(#"To: "The \"Viper\" \\ 1" <viper-1@"#))
    }

    @Test("no line is longer than 998 bytes, whatever comes in")
    func lineLength() throws {
        let word = String(repeating: "x", count: 3_000)
        let spaces = String(repeating: "ab ", count: 1_000)
        for text in [word, spaces, String(repeating: "é", count: 3_000)] {
            let encoded = try self.text(self.message(subject: text, name: text, text: text, html: text))
            for line in encoded.components(separatedBy: "\r\n") { #expect(line.utf8.count <= 998) }
            #expect(encoded.utf8.allSatisfy { $0 < 0x80 })
            #expect(!encoded.replacingOccurrences(of: "\r\n", with: "").contains { $0 == "\r" || $0 == "\n" })
        }
    }

    @Test(
        "quoted-printable follows RFC 2045 §6.7",
        arguments: [
            ("a=b", "a=3Db"), ("end ", "end=20"), ("tab\t", "tab=09"), ("é", "=C3=A9"), ("a\nb", "a\r\nb"),
            ("a\r\nb\r\n", "a\r\nb"), ("a\n\nb", "a\r\n\r\nb"), ("", ""), (".", "."),
        ])
    func quotedPrintable(text: String, expected: String) {
        #expect(QuotedPrintable.encode(text) == expected)
    }

    @Test("a long line is folded at 76 characters, and never inside an escape")
    func softBreaks() {
        let encoded = QuotedPrintable.encode(String(repeating: "aé", count: 200))
        let lines = encoded.components(separatedBy: "\r\n")
        for line in lines.dropLast() { #expect(line.utf8.count <= 76 && line.hasSuffix("=")) }
        let joined = lines.map { $0.hasSuffix("=") ? String($0.dropLast()) : $0 }.joined()
        #expect(joined == String(repeating: "a=C3=A9", count: 200))
        #expect(QuotedPrintable.encode(String(repeating: "x", count: 76)) == String(repeating: "x", count: 76))
    }

    @Test("base64 has the vectors of RFC 4648 §10")
    func base64() {
        let vectors = ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "foobar": "Zm9vYmFy"]
        for (text, expected) in vectors { #expect(Base64.encode(Array(text.utf8)) == expected) }
    }
}
