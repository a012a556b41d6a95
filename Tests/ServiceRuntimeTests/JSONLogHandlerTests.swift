import Foundation
import Logging
import Synchronization
import Testing

@testable import ServiceRuntime

struct JSONLogHandlerTests {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
        var last: String { self.all.withLock { $0.last ?? "" } }
    }

    private let lines = Lines()

    private func logger(level: Logger.Level = .info) -> Logger {
        let lines = self.lines
        return Logger(label: "x") { _ in
            JSONLogHandler(service: "chat", level: level) { line in lines.all.withLock { $0.append(line) } }
        }
    }

    private func object() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(self.lines.last.utf8)) as? [String: Any])
    }

    @Test("a record is one line of JSON with time, level, service, message and metadata")
    func record() throws {
        var logger = self.logger()
        logger[metadataKey: "partition"] = "3"
        logger.warning("slow \"disk\"\r\n\u{2028}\u{1}", metadata: ["room": "alpha", "list": ["a", ["b": "c"]]])
        #expect(self.lines.last.hasSuffix("}\n"))
        #expect(self.lines.last.dropLast().allSatisfy { !$0.isNewline })
        let object = try self.object()
        #expect(object["level"] as? String == "warning")
        #expect(object["service"] as? String == "chat")
        #expect(object["message"] as? String == "slow \"disk\"\r\n\u{2028}\u{1}")
        #expect(object["partition"] as? String == "3")
        #expect(object["room"] as? String == "alpha")
        #expect((object["list"] as? [Any])?.count == 2)
        let time = try #require(object["time"] as? String)
        let date = try Date(time, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        #expect(abs(date.timeIntervalSinceNow) < 60)
    }

    @Test("metadata cannot pretend to be the record's own fields")
    func ownFields() throws {
        self.logger().info("x", metadata: ["level": "error", "service": "gateway"])
        let object = try self.object()
        #expect(object["level"] as? String == "info")
        #expect(object["level_"] as? String == "error")
        #expect(object["service"] as? String == "chat")
    }

    @Test("metadata of the record wins over that of the logger")
    func merging() throws {
        var logger = self.logger()
        logger[metadataKey: "a"] = "old"
        logger.info("x", metadata: ["a": "new"])
        #expect(try self.object()["a"] as? String == "new")
    }

    @Test("what is less important than the level is not written")
    func level() {
        self.logger(level: .error).warning("x")
        #expect(self.lines.all.withLock { $0.isEmpty })
    }
}

struct WallClockTests {
    @Test("the clock is written as RFC 3339 in UTC")
    func written() {
        #expect(WallClock.rfc3339(milliseconds: 1_795_342_023_123) == "2026-11-22T10:07:03.123Z")
        #expect(WallClock.rfc3339(milliseconds: 7) == "1970-01-01T00:00:00.007Z")
        #expect(abs(Double(WallClock.milliseconds()) / 1_000 - Date().timeIntervalSince1970) < 60)
    }
}
