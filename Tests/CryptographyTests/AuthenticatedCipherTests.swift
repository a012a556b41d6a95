import Cryptography
import Testing

struct AuthenticatedCipherTests {
    private struct Hostile: Decodable {
        let tcId: Int, key: HexBytes, iv: HexBytes, aad: HexBytes, msg: HexBytes, ct: HexBytes, tag: HexBytes
        let result: String
    }

    @Test("Wycheproof: valid cases seal and open as written, every other is refused by its kind")
    func wycheproof() throws {
        let file = try vectors("wycheproof-aes_gcm_test.json", as: Wycheproof<Hostile>.self)
        #expect(file.tests.count == file.numberOfTests)
        var opened = 0
        for test in file.tests {
            guard let cipher = try? AuthenticatedCipher(key: test.key.bytes) else {
                #expect(test.key.bytes.count == 24, "case \(test.tcId)")
                continue
            }
            let sealed = test.ct.bytes + test.tag.bytes
            let open = { try cipher.open(sealed, nonce: test.iv.bytes, authenticating: test.aad.bytes) }
            guard test.iv.bytes.count == 12 else {
                let error = CryptographyError.invalidNonceLength(test.iv.bytes.count)
                #expect(throws: error, "case \(test.tcId)") { try open() }
                continue
            }
            guard test.result == "valid" else {
                #expect(throws: CryptographyError.authenticationFailed, "case \(test.tcId)") { try open() }
                continue
            }
            opened += 1
            #expect(try open() == test.msg.bytes, "case \(test.tcId)")
            #expect(
                try cipher.seal(test.msg.bytes, nonce: test.iv.bytes, authenticating: test.aad.bytes) == sealed,
                "case \(test.tcId)")
        }
        #expect(opened > 50)
    }

    @Test("what was sealed opens, empty or long, and two sealings differ", arguments: [0, 1, 15, 16, 17, 100_000])
    func roundTrip(count: Int) throws {
        let cipher = try AuthenticatedCipher(key: SecureRandom.bytes(32))
        let text = try SecureRandom.bytes(count)
        let sealed = try cipher.seal(text, authenticating: [7])
        #expect(sealed.count == count + 28)
        #expect(try cipher.open(sealed, authenticating: [7]) == text)
        #expect(try cipher.seal(text, authenticating: [7]) != sealed)
    }

    @Test("a changed bit anywhere, another header or another key opens nothing")
    func tampering() throws {
        let cipher = try AuthenticatedCipher(key: SecureRandom.bytes(32))
        let sealed = try cipher.seal(Array("secret".utf8), authenticating: [1, 2])
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 0x80
            #expect(throws: CryptographyError.authenticationFailed) {
                try cipher.open(changed, authenticating: [1, 2])
            }
        }
        #expect(throws: CryptographyError.authenticationFailed) { try cipher.open(sealed) }
        let other = try AuthenticatedCipher(key: SecureRandom.bytes(32))
        #expect(throws: CryptographyError.authenticationFailed) { try other.open(sealed, authenticating: [1, 2]) }
    }

    @Test("cut at any place, nothing opens")
    func truncation() throws {
        let cipher = try AuthenticatedCipher(key: SecureRandom.bytes(32))
        let sealed = try cipher.seal(Array("secret".utf8))
        for length in 0..<sealed.count {
            #expect(throws: CryptographyError.authenticationFailed) { try cipher.open(Array(sealed.prefix(length))) }
        }
    }

    @Test("keys of other lengths are refused", arguments: [0, 1, 15, 24, 31, 33])
    func keys(length: Int) {
        #expect(throws: CryptographyError.invalidKeyLength(length)) {
            try AuthenticatedCipher(key: [UInt8](repeating: 0, count: length))
        }
    }

    @Test("nonces of other lengths are refused", arguments: [0, 11, 13])
    func nonces(length: Int) throws {
        let cipher = try AuthenticatedCipher(key: SecureRandom.bytes(16))
        #expect(throws: CryptographyError.invalidNonceLength(length)) {
            try cipher.seal([1], nonce: [UInt8](repeating: 0, count: length), authenticating: [])
        }
    }
}
