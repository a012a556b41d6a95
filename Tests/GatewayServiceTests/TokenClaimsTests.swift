import Directory
import Domain
import Foundation
import JWTKit
import TestSupport
import Testing
import WireContract

@testable import GatewayService

/// What a token may change in the directory.
struct TokenClaimsTests {
    private static let secret = "a shared key of thirty-two bytes."

    /// Who, when, and what else a test wants said.
    private struct SparseClaims: JWTPayload {
        let user: String
        let named: [String: String]

        private struct Name: CodingKey {
            let stringValue: String
            init(stringValue: String) { self.stringValue = stringValue }
            var intValue: Int? { nil }
            init?(intValue: Int) { nil }
        }

        init(user: String, named: [String: String]) {
            self.user = user
            self.named = named
        }

        init(from decoder: any Decoder) throws { throw CancellationError() }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: Name.self)
            let now = Date().timeIntervalSince1970
            try values.encode(self.user, forKey: Name(stringValue: "sub"))
            try values.encode(now.rounded(.down), forKey: Name(stringValue: "iat"))
            try values.encode(now + 300, forKey: Name(stringValue: "exp"))
            for (name, value) in self.named { try values.encode(value, forKey: Name(stringValue: name)) }
        }

        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    @Test("a token changes only what it names, also in a Redis that lost the user, and brings no retired user back")
    func partialClaims() async throws {
        let harness = try await Harness.start(settings: ["JWT_ALGORITHM": "HS256", "JWT_KEY": Self.secret])
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: Self.secret), digestAlgorithm: .sha256)
        func join(_ user: String, _ claims: [String: String] = [:]) async throws -> String {
            let token = try await keys.sign(SparseClaims(user: user, named: claims))
            return try await harness.post("/api/chat/join", "", fields: ["Authorization": "Bearer \(token)"])
        }
        func entry(_ user: String) throws -> DirectoryUser {
            let reply = try harness.server.command("HGET", RedisNames.directoryUsers, user)
            let line = try #require(reply.split(separator: "\r\n").last)
            return try DirectoryRecord(json: line.utf8).user(defaultVersion: 0)
        }
        let known = try DirectoryUser(
            userID: UserID("kim"), username: "kim", callsign: "Fox", squadID: SquadID("alpha"), role: .sergeant,
            rank: "Sgt", email: "kim@example.test", phone: "+4930123456", telegramChatID: "-5",
            timeZone: "Europe/Berlin", version: 5)
        let retired = try DirectoryUser(
            userID: UserID("old"), username: "old", callsign: "Old", squadID: SquadID("alpha"), role: .sergeant,
            rank: "Sgt", version: 5, isActive: false)
        try await DirectoryWriter(redis: harness.redis).put([known, retired])
        #expect(try await join("kim", ["callsign": "Wolf"]).hasPrefix("HTTP/1.1 200"))
        func check(_ user: DirectoryUser) {
            #expect(user.callsign == "Wolf" && user.role == .sergeant && user.rank == "Sgt")
            #expect(user.email == known.email && user.phone == known.phone && user.timeZone == known.timeZone)
            #expect(user.telegramChatID == known.telegramChatID && user.version > 5)
        }
        check(try entry("kim"))
        #expect(try await join("old", ["active": "true", "role": "commander"]).hasPrefix("HTTP/1.1 403"))
        #expect(try entry("old") == retired)
        // Nobody is known by that name, and nothing says where they belong.
        #expect(try await join("stranger").hasPrefix("HTTP/1.1 403"))
        try harness.server.command("DEL", RedisNames.directoryUsers)
        #expect(try await join("kim").hasPrefix("HTTP/1.1 200"))
        check(try entry("kim"))
        #expect(try await join("old").hasPrefix("HTTP/1.1 403"))
        await harness.stop()
    }
}
