import Foundation
import TestSupport
import Testing

/// What the services write is people's messages and addresses.
@Suite(.serialized)
struct FileRightsTests {
    /// Everything below the data directory but the logs, which are the tests' own, and who may do what with it.
    private func rights(_ suite: RunningSuite) throws -> [String: Int] {
        let files = try FileManager.default.subpathsOfDirectory(atPath: suite.directory.path)
        return try files.filter { !$0.hasSuffix(".log") }.reduce(into: [:]) { rights, file in
            let facts = try FileManager.default.attributesOfItem(
                atPath: suite.directory.appendingPathComponent(file).path)
            rights[file] = (facts[.posixPermissions] as? NSNumber)?.intValue
        }
    }

    @Test("whatever the services write, no other user of the machine may read it")
    func closed() async throws {
        try await RunningSuite.with { suite in
            let viper = try await suite.person("viper-1", in: "alpha")
            try await viper.sends("for the squad alone")
            await eventually { try self.rights(suite).keys.contains { $0.hasSuffix(".jsonl") } }
            let rights = try self.rights(suite)
            #expect(rights.keys.contains { $0.hasSuffix(".sqlite") })
            #expect(rights.filter { $0.value & 0o077 != 0 }.isEmpty)
        }
    }
}
