import Redis
import TestSupport
import Testing
import WireContract

@testable import ChatService

/// The number of partitions is fixed by the first start, in Redis and in the archive.
struct PartitionCountTests {
    private func archive(_ folder: String) throws -> SQLiteArchive {
        try SQLiteArchive(url: "sqlite:\(folder)/chat.sqlite", synchronous: .normal, logger: ChatProcess.quiet)
    }

    private func isOther(_ error: any Error, stored: Int, configured: Int) -> Bool {
        guard case .otherPartitionCount(stored, configured)? = error as? ArchiveError else { return false }
        return true
    }

    @Test("an archive of another number of partitions is refused")
    func archive() async throws {
        let folder = try temporaryDirectory()
        let first = try await self.archive(folder).prepare(partitions: 16, newIdentity: "one")
        let again = try await self.archive(folder).prepare(partitions: 16, newIdentity: "two")
        #expect(first == "one" && again == "one")
        await #expect {
            _ = try await self.archive(folder).prepare(partitions: 8, newIdentity: "three")
        } throws: { self.isOther($0, stored: 16, configured: 8) }
    }

    @Test("a Redis of another number of partitions is refused, and keeps its own")
    func redis() async throws {
        let server = try await RedisServer.start()
        let redis = RedisClient(try RedisConfiguration(url: server.url), logger: ChatProcess.quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await redis.run() }
            let connection = try await redis.connection(for: RedisNames.archive)
            try await ArchiveIdentity(identity: "one", partitions: 16).check(connection)
            try await ArchiveIdentity(identity: "one", partitions: 16).check(connection)
            let other = ArchiveIdentity(identity: "one", partitions: 8)
            await #expect {
                try await other.check(connection)
            } throws: { self.isOther($0, stored: 16, configured: 8) }
            #expect(other.report != nil)
            #expect(try server.command("GET", RedisNames.partitions).contains("16"))
            group.cancelAll()
        }
    }
}
