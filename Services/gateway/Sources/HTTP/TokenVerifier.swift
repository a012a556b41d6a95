import Cryptography
import Directory
import Domain
import Foundation
import Hummingbird
import JSON
import JWTKit
import ServiceRuntime

/// Proves tokens that the owner's system signed, and reads the user they describe (RFC 7519).
///
/// Exactly one algorithm is accepted, the configured one: a token never chooses how it is proven (RFC 8725 §3.1).
struct TokenVerifier: Sendable {
    enum Algorithm: String, Sendable, CaseIterable {
        case hs256 = "HS256"
        case rs256 = "RS256"
        case es256 = "ES256"
        case edDSA = "EdDSA"
    }

    struct Configuration: Sendable {
        var algorithm: Algorithm
        /// PEM of a public key, a JWKS document, or the bytes of an HMAC key.
        var key: String
        var issuer: String?
        var audience: String?
    }

    /// The longest token, in bytes.
    private static let tokenLimit = 8_192
    /// Clocks of two hosts may differ by this, in seconds.
    private static let leeway = 30.0

    private let configuration: Configuration
    private let keys: JWTKeyCollection

    init(_ configuration: Configuration) async throws {
        self.configuration = configuration
        self.keys = try await TokenKeys.collection(configuration.key, for: configuration.algorithm)
    }

    /// What a token proves.
    ///
    /// - Throws: ``RouteError`` with status 401 for a token that proves nothing, 403 for one of a user who cannot be.
    func verify(_ token: String) async throws -> ProvenClaims {
        let refused = RouteError(.unauthorized, "not_authenticated", "The token is not valid.")
        guard token.utf8.count <= Self.tokenLimit else { throw refused }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]).flatMap({ try? JSONValue(parsing: $0) }),
            header["alg"]?.string == self.configuration.algorithm.rawValue, header["crit"] == nil,
            let payload = Base64URL.decode(parts[1])
        else { throw refused }
        let claims: TokenClaims
        do {
            claims = try await self.keys.verify(token, as: TokenClaims.self, iteratingKeys: header["kid"] == nil)
        } catch {
            throw refused
        }
        try self.check(claims, now: Double(WallClock.milliseconds()) / 1_000)
        return try ProvenClaims(payload: payload, claims)
    }

    private func check(_ claims: TokenClaims, now: Double) throws(RouteError) {
        guard claims.exp > now - Self.leeway, claims.nbf ?? 0 < now + Self.leeway, claims.iat < now + Self.leeway,
            claims.iat >= 0
        else { throw RouteError(.unauthorized, "not_authenticated", "The token has expired or is not valid yet.") }
        let isForUs = self.configuration.audience.map { claims.aud?.contains($0) == true } ?? true
        guard self.configuration.issuer == nil || claims.iss == self.configuration.issuer, isForUs else {
            throw RouteError(.unauthorized, "not_authenticated", "The token is not for this service.")
        }
    }

}

/// What the owner's system says of a user in a token: who it is, and what has changed.
struct ProvenClaims: Sendable {
    let userID: UserID
    /// Milliseconds since 1970 of the signing.
    let version: Int
    private let record: DirectoryRecord

    fileprivate init(payload: [UInt8], _ claims: TokenClaims) throws(RouteError) {
        do {
            self.userID = try UserID(claims.sub)
            self.version = Int(claims.iat * 1_000)
            var fields: [(name: String, value: String)] = [
                ("user_id", claims.sub), ("version", String(self.version)),
            ]
            for (name, value) in try JSONValue(parsing: payload).fields() where Self.names.contains(name) {
                if let text = value.string { fields.append((name, text)) }
            }
            self.record = DirectoryRecord(fields)
        } catch {
            throw Self.refused(error)
        }
    }

    /// The user by these claims; what they do not name stays as it is. Whether the user is active is never a token's to
    /// say: it may have been signed before the directory retired its user.
    ///
    /// - Parameter present: The directory's entry; nil when there is none.
    /// - Throws: ``RouteError`` with status 403 when no user can be made of it.
    func user(over present: DirectoryUser?) throws(RouteError) -> DirectoryUser {
        do { return try self.record.user(defaultVersion: self.version, over: present) } catch {
            throw Self.refused(error)
        }
    }

    private static func refused(_ error: any Error) -> RouteError {
        RouteError(.forbidden, "invalid_field", "The token's claims describe no user: \(error)")
    }

    /// `active` is not among them.
    private static let names: Set<String> = [
        "username", "callsign", "squad_id", "role", "rank", "email", "phone", "telegram_chat_id", "timezone",
    ]
}

/// The registered claims that are checked. Times are seconds since 1970.
struct TokenClaims: JWTPayload {
    let sub: String
    let iat: Double
    let exp: Double
    let nbf: Double?
    let iss: String?
    let aud: [String]?

    private enum CodingKeys: String, CodingKey { case sub, iat, exp, nbf, iss, aud }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.sub = try values.decode(String.self, forKey: .sub)
        self.iat = try values.decode(Double.self, forKey: .iat)
        self.exp = try values.decode(Double.self, forKey: .exp)
        self.nbf = try values.decodeIfPresent(Double.self, forKey: .nbf)
        self.iss = try values.decodeIfPresent(String.self, forKey: .iss)
        if let one = try? values.decodeIfPresent(String.self, forKey: .aud) {
            self.aud = [one]
        } else {
            self.aud = try values.decodeIfPresent([String].self, forKey: .aud)
        }
    }

    /// Checked by ``TokenVerifier``, with its leeway.
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}
