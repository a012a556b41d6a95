import Cryptography
import Foundation
import JSON
import JWTKit

/// The keys that prove tokens, read from what `JWT_KEY_FILE` holds.
enum TokenKeys {
    /// Why a key cannot be used.
    struct KeyError: Error, CustomStringConvertible {
        let description: String
    }

    static func collection(_ text: String, for algorithm: TokenVerifier.Algorithm) async throws -> JWTKeyCollection {
        let keys = JWTKeyCollection()
        let key = text.trimmingCharacters(in: .whitespacesAndNewlines)
        do {
            if key.hasPrefix("{") {
                try await self.addSet(key, algorithm, to: keys)
            } else {
                try await self.addKey(key, algorithm, to: keys)
            }
        } catch let error as KeyError {
            throw error
        } catch {
            throw KeyError(description: "JWT_KEY is no key for \(algorithm.rawValue): \(error)")
        }
        return keys
    }

    private static func addKey(
        _ key: String, _ algorithm: TokenVerifier.Algorithm, to keys: JWTKeyCollection
    ) async throws {
        switch algorithm {
        case .hs256:
            // jwt-kit ends the process on a shorter one.
            guard key.utf8.count >= 32 else { throw KeyError(description: "JWT_KEY: HS256 needs at least 32 bytes") }
            await keys.add(hmac: HMACKey(from: key), digestAlgorithm: .sha256)
        case .rs256: await keys.add(rsa: try Insecure.RSA.PublicKey(pem: key), digestAlgorithm: .sha256)
        case .es256: await keys.add(ecdsa: try ES256PublicKey(pem: key))
        case .edDSA: await keys.add(eddsa: try EdDSA.PublicKey(pem: key))
        }
    }

    /// Only keys of the configured algorithm's kind are taken from a set.
    private static func addSet(
        _ json: String, _ algorithm: TokenVerifier.Algorithm, to keys: JWTKeyCollection
    ) async throws {
        guard let set = try? JSONValue(parsing: json.utf8), let all = try? set["keys"]?.elements() else {
            throw KeyError(description: "JWT_KEY is no JWKS document")
        }
        var count = 0
        for key in all {
            guard key["use"]?.string ?? "sig" == "sig", key["alg"]?.string ?? algorithm.rawValue == algorithm.rawValue
            else { continue }
            let kid = key["kid"]?.string.map { JWKIdentifier(string: $0) }
            switch (algorithm, key["kty"]?.string) {
            case (.hs256, "oct"):
                guard let secret = key["k"]?.string.flatMap({ Base64URL.decode($0) }), secret.count >= 32 else {
                    throw KeyError(description: "JWT_KEY: an HS256 key in the set has fewer than 32 bytes")
                }
                await keys.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256, kid: kid)
            case (.rs256, "RSA"):
                guard let modulus = key["n"]?.string, let exponent = key["e"]?.string else { continue }
                await keys.add(
                    rsa: try Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent), digestAlgorithm: .sha256,
                    kid: kid)
            case (.es256, "EC") where key["crv"]?.string == "P-256":
                guard let x = key["x"]?.string, let y = key["y"]?.string else { continue }
                await keys.add(ecdsa: try ES256PublicKey(parameters: (x: x, y: y)), kid: kid)
            case (.edDSA, "OKP") where key["crv"]?.string == "Ed25519":
                guard let x = key["x"]?.string else { continue }
                await keys.add(eddsa: try EdDSA.PublicKey(x: x, curve: .ed25519), kid: kid)
            default: continue
            }
            count += 1
        }
        guard count > 0 else { throw KeyError(description: "JWT_KEY: the set has no key for \(algorithm.rawValue)") }
    }
}
