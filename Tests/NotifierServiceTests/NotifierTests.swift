import Database
import Directory
import Foundation
import NIOCore
import Redis
import TestSupport
import Testing
import WireContract
import WorkQueue

@testable import NotifierService

/// The whole service: outbox in, notifications out.
struct NotifierTests {
    @Test("in demo mode without a mail server a mention is on the page and in a file")
    func demo() async throws {
        let notifier = try await NotifierProcess()
        let process = try notifier.start()
        let event = sampleEvent("hey @Ghost-2", at: notifier.now)
        try notifier.happen(event)
        let folder = "\(notifier.directory)/mail"
        await eventually(within: .seconds(30), "\(notifier.log)") {
            // A file still being written has another name.
            let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return try files.filter { $0.hasSuffix(".eml") }.count == 1 && notifier.inboxLength("ghost-2") == 1
        }
        let file = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
        #expect(file.hasPrefix("notif_"))
        let mail = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
        #expect(mail.contains("Subject: BITTEN Alert: Mentioned by Viper-1\r\n"))
        #expect(notifier.log.contains("SMTP_HOST is not set: in demo mode mails are written to files"))
        #expect(await process.terminate() == 0)
    }

    @Test("the same outbox entry again changes nothing, whoever reads it")
    func repeated() async throws {
        let mails = try await MailServer.start()
        let notifier = try await NotifierProcess(Self.smtp(mails))
        let processes = [try notifier.start(), try notifier.start()]
        // Both at work: one that is still starting would end by the signal at the end of this test.
        await eventually(within: .seconds(30), "\(notifier.log)") {
            try notifier.server.command("HLEN", RedisNames.services) == ":2\r\n"
        }
        let event = sampleEvent("@ghost-2", at: notifier.now)
        for _ in 0..<5 { try notifier.happen(event) }
        // A later event is a fence: when it has come through, the repeats have been read.
        let last = sampleEvent("@owl-3", sequence: 2, at: notifier.now)
        for _ in 0..<3 { try notifier.happen(last) }
        await eventually(within: .seconds(30), "\(notifier.log)") {
            let pending = try notifier.server.command("XPENDING", RedisNames.events(3), "notifier")
            let groups = try notifier.server.command("XINFO", "GROUPS", RedisNames.events(3))
            let count = try mails.mails().count
            return pending.hasPrefix("*4\r\n:0") && groups.contains("entries-read\r\n:8") && count >= 2
        }
        #expect(try notifier.inboxLength("ghost-2") == 1)
        #expect(try notifier.inboxLength("owl-3") == 1)
        #expect(try mails.mails().map { $0.recipients[0] }.sorted() == ["ghost-2@example.test", "owl-3@example.test"])
        for process in processes { #expect(await process.terminate() == 0) }
    }

    @Test("who has a page open gets no mail; who has it at a dead gateway does")
    func online() async throws {
        let mails = try await MailServer.start()
        let notifier = try await NotifierProcess(Self.smtp(mails))
        try notifier.bringOnline("ghost-2")
        try notifier.server.command("HSET", RedisNames.sockets(user: "owl-3"), "dead/s1", "1")
        let process = try notifier.start()
        try notifier.happen(sampleEvent("@ghost-2 @owl-3", at: notifier.now))
        await eventually(within: .seconds(30), "\(notifier.log)") {
            try notifier.inboxLength("ghost-2") == 1 && mails.mails().count == 1
        }
        #expect(try mails.mails().map(\.recipients) == [["owl-3@example.test"]])
        #expect(process.isRunning)
    }

    @Test("killed between sending and noting it, the mail goes once more under the same Message-ID, and is counted")
    func killed() async throws {
        let mails = try await MailServer.start()
        let notifier = try await NotifierProcess(Self.smtp(mails))
        // This server takes the first mail and never says so.
        let user = try sampleUser("hang1")
        try notifier.server.command(
            "HSET", RedisNames.directoryUsers, "hang1", String(decoding: DirectoryRecord.json(of: user), as: UTF8.self))
        let first = try notifier.start()
        let event = sampleEvent("@hang1", at: notifier.now)
        try notifier.happen(event)
        await eventually(within: .seconds(30), "\(notifier.log)") { try mails.mails().count == 1 }
        first.kill()
        #expect(try notifier.job(event, user: "hang1")?.state == .sending)

        let second = try notifier.start()
        await eventually(within: .seconds(30), "\(notifier.log)") {
            try notifier.job(event, user: "hang1")?.state == .sent
        }
        let received = try mails.mails()
        #expect(received.count == 2)
        #expect(Set(received.map(\.messageID)).count == 1)
        #expect(received[0].content == received[1].content)
        #expect(try notifier.job(event, user: "hang1")?.repeats == 1)
        #expect(try notifier.inboxLength("hang1") == 1)
        #expect(second.isRunning)
    }

    @Test("a temporary refusal is tried again, a permanent one ends with its reason among the dead letters")
    func failures() async throws {
        let mails = try await MailServer.start()
        let notifier = try await NotifierProcess(Self.smtp(mails))
        for id in ["busy2", "gone"] {
            let json = String(decoding: DirectoryRecord.json(of: try sampleUser(id)), as: UTF8.self)
            try notifier.server.command("HSET", RedisNames.directoryUsers, id, json)
        }
        let process = try notifier.start()
        let event = sampleEvent("@busy2 @gone", at: notifier.now)
        try notifier.happen(event)
        await eventually(within: .seconds(30), "\(notifier.log)") {
            try notifier.job(event, user: "busy2")?.state == .sent
                && notifier.job(event, user: "gone")?.state == .failed
        }
        #expect(try notifier.job(event, user: "busy2")?.attempts == 3)
        #expect(try notifier.job(event, user: "gone")?.attempts == 1)
        #expect(try notifier.job(event, user: "gone")?.reason.contains("550 5.1.1") == true)
        let dead = RedisNames.undelivered(NotifierKeys.slot(of: try .init("gone")))
        #expect(try notifier.server.command("XRANGE", dead, "-", "+").contains("550 5.1.1 no such user"))
        #expect(try mails.mails().map(\.recipients) == [["busy2@example.test"]])
        #expect(process.isRunning)
    }

    @Test("who loses a room finds the notice in the inbox")
    func removed() async throws {
        let notifier = try await NotifierProcess()
        let process = try notifier.start()
        var event = sampleEvent("", from: "viper-1", at: notifier.now, event: "member_removed")
        event.flag = .drop
        try notifier.happen(event)
        await eventually(within: .seconds(30), "\(notifier.log)") { try notifier.inboxLength("viper-1") == 1 }
        let text = try notifier.texts(inInboxOf: "viper-1").first ?? ""
        #expect(text.contains("moderation_action") && text.contains("Removed from Squad alpha Command"))
        #expect(process.isRunning)
    }

    @Test("a burst of signals is one mail for each user and interval, and all of them on the page")
    func burst() async throws {
        let mails = try await MailServer.start()
        let notifier = try await NotifierProcess(Self.smtp(mails))
        let process = try notifier.start()
        for sequence in 1...20 {
            try notifier.happen(
                sampleEvent(
                    "s", from: "", sequence: sequence, at: notifier.now, type: "trade_signal", metadata: sampleSignal))
        }
        await eventually(within: .seconds(30), "\(notifier.log)") {
            try notifier.inboxLength("ghost-2") == 20 && notifier.inboxLength("owl-3") == 20 && mails.mails().count >= 5
        }
        #expect(try mails.mails().map { $0.recipients[0] }.sorted().count == 5)
        #expect(process.isRunning)
    }

    private static func smtp(_ server: MailServer) -> [String: String] {
        ["SMTP_HOST": "localhost", "SMTP_PORT": "\(server.port)", "DEMO_MODE": "0"]
    }
}
