import Cryptography
import Foundation
import JWTKit
import ServiceRuntime
import TestSupport
import Testing
import WireContract

@testable import GatewayService

/// Tokens of the owner's system, settings that must not be, and the page's files.
struct SignInTests {
    private static let secret = "a shared key of thirty-two bytes."

    private struct Claims: JWTPayload {
        var sub = "viper-1"
        var iat = Double(Int(Date().timeIntervalSince1970))
        var exp = Date().timeIntervalSince1970 + 300
        var iss: String? = "owner"
        var aud: String? = "squad-chat"
        var squad = "alpha"
        var role = "sergeant"
        var callsign = "Viper-1"

        enum CodingKeys: String, CodingKey {
            case sub, iat, exp, iss, aud, role, callsign
            case squad = "squad_id"
        }

        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    private func verifier(_ algorithm: TokenVerifier.Algorithm, _ key: String) async throws -> TokenVerifier {
        try await TokenVerifier(.init(algorithm: algorithm, key: key, issuer: "owner", audience: "squad-chat"))
    }

    private func isRefused(_ token: String, by verifier: TokenVerifier) async -> Bool {
        do {
            _ = try await verifier.verify(token)
            return false
        } catch let error as RouteError {
            return error.status.code == 401
        } catch {
            return false
        }
    }

    @Test("each algorithm proves its own tokens, and none of another's")
    func algorithms() async throws {
        let (ec, ed) = (ES256PrivateKey(), try EdDSA.PrivateKey())
        let rsa = try Insecure.RSA.PrivateKey(pem: TestKeys.rsa)
        let verifiers: [TokenVerifier.Algorithm: TokenVerifier] = [
            .hs256: try await self.verifier(.hs256, Self.secret),
            .rs256: try await self.verifier(.rs256, rsa.publicKey.pemRepresentation),
            .es256: try await self.verifier(.es256, ec.publicKey.pemRepresentation),
            .edDSA: try await self.verifier(.edDSA, ed.publicKey.pemRepresentation),
        ]
        let tokens: [TokenVerifier.Algorithm: String] = [
            .hs256: try await JWTKeyCollection().add(hmac: HMACKey(from: Self.secret), digestAlgorithm: .sha256)
                .sign(Claims()),
            .rs256: try await JWTKeyCollection().add(rsa: rsa, digestAlgorithm: .sha256).sign(Claims()),
            .es256: try await JWTKeyCollection().add(ecdsa: ec).sign(Claims()),
            .edDSA: try await JWTKeyCollection().add(eddsa: ed).sign(Claims()),
        ]
        for (algorithm, verifier) in verifiers {
            for (other, token) in tokens {
                if algorithm == other {
                    let user = try await verifier.verify(token).user(over: nil)
                    #expect(user.userID.rawValue == "viper-1" && user.role == .sergeant)
                    #expect(user.callsign == "Viper-1" && user.version % 1_000 == 0 && user.version > 0)
                } else {
                    #expect(await self.isRefused(token, by: verifier), "\(other) at \(algorithm)")
                }
            }
        }
        // The classic: an HMAC with the public key's own text as its secret, in place of a signature.
        let pem = rsa.publicKey.pemRepresentation
        let confused = try await JWTKeyCollection().add(hmac: HMACKey(from: pem), digestAlgorithm: .sha256).sign(
            Claims())
        let rs256 = try #require(verifiers[.rs256])
        #expect(await self.isRefused(confused, by: rs256))
        #expect(await self.isRefused(Self.relabelled(confused, alg: "RS256"), by: rs256))
        #expect(await self.isRefused(Self.relabelled(confused, alg: "none", signature: ""), by: rs256))
    }

    private static func relabelled(_ token: String, alg: String, signature: String? = nil) -> String {
        let parts = token.split(separator: ".").map(String.init)
        let header = Base64URL.encode(Array("{\"alg\":\"\(alg)\",\"typ\":\"JWT\"}".utf8))
        return [header, parts[1], signature ?? parts[2]].joined(separator: ".")
    }

    @Test("a token that is late, early, for somebody else, or changed is refused")
    func claims() async throws {
        let verifier = try await self.verifier(.hs256, Self.secret)
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: Self.secret), digestAlgorithm: .sha256)
        var wrong: [Claims] = Array(repeating: Claims(), count: 6)
        wrong[0].exp = Date().timeIntervalSince1970 - 60
        wrong[1].iat = Date().timeIntervalSince1970 + 3_600
        wrong[2].iss = "somebody"
        wrong[3].iss = nil
        wrong[4].aud = "another"
        wrong[5].aud = nil
        for claims in wrong { #expect(await self.isRefused(try await keys.sign(claims), by: verifier)) }
        let good = try await keys.sign(Claims())
        #expect(await !self.isRefused(good, by: verifier))
        #expect(await self.isRefused(good + "x", by: verifier))
        #expect(await self.isRefused(String(repeating: "a", count: 10_000), by: verifier))
        var god = Claims()
        god.role = "god"
        await #expect(throws: RouteError.self) { try await verifier.verify(try await keys.sign(god)).user(over: nil) }
    }

    @Test("a JWKS file proves by key id, and only with keys of the configured kind")
    func keySet() async throws {
        let ec = ES256PrivateKey()
        let point = try #require(ec.parameters)
        let set =
            #"{"keys":[{"kty":"oct","kid":"h","k":"\#(Base64URL.encode(Array(Self.secret.utf8)))"},"#
            + #"{"kty":"EC","crv":"P-256","kid":"e","alg":"ES256","x":"\#(Self.url(point.x))","y":"\#(Self.url(point.y))"}]}"#
        let verifier = try await self.verifier(.es256, set)
        let token = try await JWTKeyCollection().add(ecdsa: ec, kid: "e").sign(Claims(), kid: "e")
        #expect(try await verifier.verify(token).userID.rawValue == "viper-1")
        let hmac = try await JWTKeyCollection().add(
            hmac: HMACKey(from: Self.secret), digestAlgorithm: .sha256, kid: "h"
        )
        .sign(Claims(), kid: "h")
        #expect(await self.isRefused(hmac, by: verifier))
        await #expect(throws: TokenKeys.KeyError.self) { try await self.verifier(.rs256, set) }
    }

    private static func url(_ base64: String) -> String {
        base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    @Test("a token signs in over HTTP and writes its user into the directory")
    func overHTTP() async throws {
        let harness = try await Harness.start(settings: [
            "JWT_ALGORITHM": "HS256", "JWT_KEY": Self.secret, "JWT_ISSUER": "owner", "JWT_AUDIENCE": "squad-chat",
        ])
        var claims = Claims()
        claims.sub = "new-1"
        claims.callsign = "New-1"
        let token = try await JWTKeyCollection().add(hmac: HMACKey(from: Self.secret), digestAlgorithm: .sha256)
            .sign(claims)
        let answer = try await harness.post("/api/chat/join", "", fields: ["Authorization": "Bearer \(token)"])
        #expect(answer.hasPrefix("HTTP/1.1 200"))
        #expect(answer.contains("HttpOnly; SameSite=Lax"))
        #expect(try harness.server.command("HGET", RedisNames.directoryUsers, "new-1").contains("New-1"))
        // The body grants nothing.
        let forged = try await harness.post("/api/chat/join", #"{"user_id":"owl-3","role":"commander"}"#)
        #expect(forged.contains(#""role":"observer""#))
        let bad = try await harness.post("/api/chat/join", #"{"token":"a.b.c"}"#)
        #expect(bad.hasPrefix("HTTP/1.1 401"))
        #expect(try await harness.post("/api/chat/join", #"{"user_id":"nobody"}"#).hasPrefix("HTTP/1.1 404"))
        #expect(try await harness.post("/api/chat/join", "{").hasPrefix("HTTP/1.1 400"))
        await harness.stop()
    }

    @Test(
        "settings that must not be are refused with their key",
        arguments: [
            (["DEMO_MODE": "0"], "CHAT_SECRET_KEY"), (["CHAT_SECRET_KEY": "short"], "CHAT_SECRET_KEY"),
            (["DEMO_MODE": "0", "CHAT_SECRET_KEY": SignInTests.secret], "JWT_ALGORITHM"),
            (["JWT_ALGORITHM": "none"], "JWT_ALGORITHM"), (["JWT_ALGORITHM": "HS256"], "JWT_KEY"),
            (["JWT_ALGORITHM": "HS256", "JWT_KEY": "thirty-one bytes is not enough."], "JWT_KEY"),
            (["DEMO_MODE": "1", "DEMO_BIND": "0.0.0.0"], "DEMO_BIND"), (["PORT": "70000"], "PORT"),
            (["MAX_FRAME_BYTES": "1"], "MAX_FRAME_BYTES"), (["REDIS_URL": "http://x"], "REDIS_URL"),
        ])
    func settings(environment: [String: String], key: String) {
        do {
            var reader = try SettingsReader(environment: environment)
            try GatewayConfiguration(&reader).check()
            Issue.record("\(environment) was accepted")
        } catch {
            #expect(error.key == key)
        }
    }

    @Test("a folder that is not there, or holds no page, ends the start with its name", arguments: [true, false])
    func noPage(exists: Bool) throws {
        let folder = exists ? try temporaryDirectory() : "/nowhere/page"
        #expect {
            try WebClientFiles(folder: folder)
        } throws: { error in
            "\(error)".hasPrefix("WEB_ROOT: \(folder) ")
        }
    }

    @Test("/chat is the page for who is signed in, and leads everybody else to the sign-in")
    func chatAddress() async throws {
        let folder = try temporaryDirectory()
        try "<!DOCTYPE html>".write(toFile: folder + "/index.html", atomically: true, encoding: .utf8)
        let harness = try await Harness.start(settings: ["WEB_ROOT": folder])
        let port = harness.ports[0]
        let cookie = try await harness.cookie("viper-1")
        let page = try await RawHTTP.request("GET", "/chat", port: port, fields: ["Cookie": cookie])
        #expect(page.hasPrefix("HTTP/1.1 200") && page.contains("<!DOCTYPE html>"))
        for fields in [[:], ["Cookie": cookie + "x"]] {
            let answer = try await RawHTTP.request("GET", "/chat", port: port, fields: fields)
            #expect(answer.hasPrefix("HTTP/1.1 303") && answer.contains("Location: ./"))
        }
        _ = try await harness.post("/api/chat/leave", "", fields: ["Cookie": cookie])
        let over = try await RawHTTP.request("GET", "/chat", port: port, fields: ["Cookie": cookie])
        #expect(over.hasPrefix("HTTP/1.1 303"))
        await harness.stop()
    }

    @Test("the page's files have a tag, a type and a policy, and nothing else can be reached")
    func files() async throws {
        let folder = try temporaryDirectory()
        try "<!DOCTYPE html>".write(toFile: folder + "/index.html", atomically: true, encoding: .utf8)
        try "secret".write(toFile: folder + "/.hidden.txt", atomically: true, encoding: .utf8)
        try "secret".write(toFile: folder + "/key.pem", atomically: true, encoding: .utf8)
        let harness = try await Harness.start(settings: ["WEB_ROOT": folder])
        let port = harness.ports[0]
        let page = try await RawHTTP.request("GET", "/", port: port)
        #expect(page.hasPrefix("HTTP/1.1 200") && page.contains("text/html; charset=utf-8"))
        #expect(page.contains("default-src 'none'; script-src 'self'") && page.contains("nosniff"))
        let tag = try #require(page.firstRange(of: "ETag: ").map { page[$0.upperBound...].prefix { !$0.isNewline } })
        let again = try await RawHTTP.request("GET", "/", port: port, fields: ["If-None-Match": String(tag)])
        #expect(again.hasPrefix("HTTP/1.1 304"))
        for path in [
            "/.hidden.txt", "/key.pem", "/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
            "/index.html/", "/none.html",
        ] {
            let answer = try await RawHTTP.request("GET", path, port: port)
            #expect(!answer.hasPrefix("HTTP/1.1 200"), "\(path)")
            #expect(!answer.contains("secret") && !answer.contains("root:"))
        }
        await harness.stop()
    }
}

/// Made for these tests alone; protects nothing.
enum TestKeys {
    static let rsa = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC76oqJ5ybcoagM
        zmkqBHtTHiLDMgJSv8H03nzBnP8Liith6dkXaTSiosdQoaAODqLMdmSqA6+tr5M2
        CPYqyDxblR3se6P9afhXKn79VZ6SSFb/mUDk01l+rmJZiwmrdShqeIUOc8VnIgth
        o8GqiqRlzp8hiWpqphV8Qb0mV++nH1NC0qDXWl1APJh07XXlgz7nFvRVrmPDa0TC
        QNl/RBjBEUowlknBOPvhXWVD9BOgHgmom/shq1iHYHASi0vAp5DKqhgzrt+CWO8z
        rsyInjDJFjMGCVjBsr8ZUR3747DeaHDcYsNp+6S4pz1oopu+t4iqXKO3WIwOWPQ6
        kogCuu7BAgMBAAECggEAAuvMrwOZmkzmAprzzgwnSZ26jxu4JwalknOh71WMLmb9
        sSY0MnW3dH7Ax+tXRFisZa7CdlUb1kCYMnsVrokRzR+miS5L2Izc6Cf4NOJvllkL
        Byqf9F6nsb0uuLMdWZ223N7WPKkGjMmd8SzdPhQtJYr+dMRA0/sUcuvHr7CmwEuI
        xyFkzr9UN7VMmPn+RR5iLBiIfybd9TUwvJWjDDLXwPF7a4ndY4jTaJf3WbR8glgl
        G4iZfruyhJqaCs+kC258kowbcy8web0QVDvX4fA6gdc+Tx40+8jL4MZWfVvkXd2I
        nX9+AsCufATwOGmJMO/z+XUErVn6pS34QqWAtbadpQKBgQDrM+VrSHitw+56APom
        CRRWNKYcZh2Xzs3QpCrAtDhVREzslqHinAK8Tks8uymClWexoaq2skSSv1FDmLgy
        WLFdJRMo335bL/QAnkI1pGFS170O94x6GK1VM/nbSshgjr0CmNIew0wnWYCXbw3N
        IrY01b4W/zq1o5hV6LWX98KOlQKBgQDMiEF4HTO9bDftwmR0lXfx7+RZne5fwdFL
        t3eALUOv8M2SbfhxGLgdq7qJHJb/prk+6o7BTf6c/z/zJCbwrd/2MsS7nagG8nR+
        r4PN6m3hwerZtcdqAHZDnoyHrxAzSRkvjz0WbFaZh0A4Mw/Ze/4VODG1Ra2jXZf8
        1nonlgoQfQKBgHx7pQrY+nYNYyRTbBHBcHAHwXr6WONF4wxwNuhy+fW3BneZaejD
        5XbAgXWNIXUpmg4boHy9cSmx9FKwe5y58HV57+AMGZYtlRjWqfg2HgR4hmlrf4AH
        m4Wi0rTLqa3hHgxH0b3SY3XYGwULE+TkYEcqcUc+olYMVc3yMlpSGTjZAoGBAJTu
        ToXQ9cDjkSIen5lI0SspXCRpXI77iZRRxsFdtGDjvjz2uKZZso9gYZa/a7BCTbdj
        gol9an4VWxKH65brdR5Hv3tCBHzyhSNOWHJTVqnB02mt9MPaDEOWqouOTQSbIKzB
        52BxiOmIU5nYjJz3rX70CTYOw64mU6q23gH/PdrdAoGAKBmNH9lN9aWZu6hVhNQq
        NEpPbwBFkNWs8PbNjJ6oYgvomB3eM/FGNbnfypiaLk0h/8HlmC6qjGI0O4nkp9Gn
        gMtRN0ttFTg2Fo1z902mp7xz8sJxyTwddV80DhT9berGgEmXPANqF3f0xS/yxJQR
        Y3znRYZKJheVmo5e5XGgUbg=
        -----END PRIVATE KEY-----
        """
}
