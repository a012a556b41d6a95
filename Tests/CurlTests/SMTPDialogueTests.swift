import Testing

@testable import Curl

/// What is told of a dialogue, without a server.
struct SMTPDialogueTests {
    @Test(
        "whatever step is refused, taking leave does not hide it",
        arguments: [
            ([], SMTPRefusal.Stage.greeting), (["EHLO a"], .hello), (["EHLO a", "AUTH PLAIN"], .authentication),
            (["EHLO a", "MAIL FROM:<b>"], .sender), (["EHLO a", "MAIL FROM:<b>", "RCPT TO:<c>"], .recipients),
            (["EHLO a", "MAIL FROM:<b>", "RCPT TO:<c>", "DATA"], .content),
        ])
    func leave(commands: [String], stage: SMTPRefusal.Stage) {
        var dialogue = SMTPDialogue(recipients: ["c"])
        func server(_ line: String) { Array("\(line)\r\n".utf8).withUnsafeBytes { dialogue.received($0) } }
        func client(_ line: String) { Array("\(line)\r\n".utf8).withUnsafeBytes { dialogue.sent($0) } }
        for (index, command) in commands.enumerated() {
            server("\(index == 0 ? 220 : 250) go on")
            client(command)
        }
        server("554 5.3.2 no")
        client("QUIT")
        server("221 bye")
        #expect(dialogue.refusal?.stage == stage)
        #expect(dialogue.refusal?.reply == SMTPReply(code: 554, text: "5.3.2 no"))
    }
}
