import Cryptography
import Testing

struct DigestTests {
    @Test(
        "SHA-256 gives the digests of FIPS 180-4's examples",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func examples(text: String, digest: String) {
        #expect(hexadecimal(Digest.sha256(Array(text.utf8))) == digest)
    }

    @Test("a million bytes are no trouble, and bytes elsewhere need no copy")
    func long() {
        let message = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        #expect(hexadecimal(Digest.sha256(message)) == expected)
        #expect(message.withUnsafeBytes { hexadecimal(Digest.sha256($0)) } == expected)
    }

    @Test("secrets are compared by content and length")
    func comparison() {
        #expect(constantTimeEqual([], []))
        #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEqual([0, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEqual([1, 2], [1, 2, 3]))
    }

    @Test("random bytes come in the length asked for, and not twice")
    func random() throws {
        #expect(try SecureRandom.bytes(0).isEmpty)
        #expect(try SecureRandom.bytes(33).count == 33)
        #expect(try SecureRandom.bytes(32) != SecureRandom.bytes(32))
        #expect(throws: CryptographyError.lengthOutOfRange(-1)) { try SecureRandom.bytes(-1) }
    }

    @Test("each byte is two lower-case digits")
    func digits() {
        let bytes = Array(UInt8.min...UInt8.max)
        #expect(Cryptography.hexadecimal(bytes) == hexadecimal(bytes))
        #expect(Cryptography.hexadecimal(bytes[15..<17]) == "0f10")
        #expect(Cryptography.hexadecimal([]).isEmpty)
    }
}

func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
