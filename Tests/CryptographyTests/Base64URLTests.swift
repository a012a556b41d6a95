import Cryptography
import Testing

struct Base64URLTests {
    @Test(
        "the examples of RFC 4648 §10, without padding",
        arguments: [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ])
    func examples(plain: String, encoded: String) {
        #expect(Base64URL.encode(Array(plain.utf8)) == encoded)
        #expect(Base64URL.decode(encoded) == Array(plain.utf8))
    }

    @Test("every byte goes there and back in every place")
    func everyByte() {
        for byte in UInt8.min...UInt8.max {
            for bytes in [[byte], [0, byte], [255, 0, byte], [byte, byte, byte, byte]] {
                #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
            }
        }
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
    }

    @Test(
        "padding, the other alphabet, impossible lengths and second spellings are refused",
        arguments: ["Zg==", "+/8", "A", "AAAAA", "Zh", "Zm9", "Z g", "Zg\n", "Zä"])
    func refused(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }
}
