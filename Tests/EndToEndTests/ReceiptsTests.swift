import Logging
import Redis
import TestSupport
import Testing

@testable import squadctl

/// Whoever asks why somebody was told, or was not, is answered by `squadctl receipts`.
@Suite(.serialized)
struct ReceiptsTests {
    @Test("an operator sees by person and by event what was sent, what was not, and why")
    func receipts() async throws {
        try await RunningSuite.with { suite in
            let viper = try await suite.person("viper-1", in: "alpha")
            let owl = try await suite.person("owl-3", in: "alpha")
            try await viper.sends("@ghost-2 @owl-3 look")
            _ = try await owl.hears("notification")
            let redis = RedisClient(
                try RedisConfiguration(url: suite.redis.url),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let running = Task { try await redis.run() }
            defer { running.cancel() }

            func told(_ user: String?, of event: String? = nil) async throws -> [String] {
                try await ReceiptsCommand.rows(user: user, event: event, redis)
                    .map { "\($0.user) \($0.method) \($0.state) \($0.attempts)" }
            }
            let toGhost = ["ghost-2 email sent 1", "ghost-2 push skipped 0", "ghost-2 real_time sent 1"]
            await eventually { try await told("ghost-2").sorted() == toGhost }
            let row = try #require(
                try await ReceiptsCommand.rows(user: "owl-3", event: nil, redis).first { $0.method == "email" })
            #expect(row.state == "skipped" && !row.reason.isEmpty, "who has a page open gets no mail")
            #expect(row.title == "Mentioned by Viper-1")
            let everybody = try await told(nil, of: row.event)
            #expect(Set(everybody.map { String($0.prefix { $0 != " " }) }) == ["ghost-2", "owl-3"])
            #expect(try await told("ghost-2", of: row.event).sorted() == toGhost)
            #expect(try await told("viper-1").isEmpty)
        }
    }
}
