import Cryptography
import Testing

struct HMACTests {
    private struct File: Decodable {
        struct Case: Decodable { let key: HexBytes, data: HexBytes, hmac: HexBytes }
        let cases: [Case]
    }

    @Test("HMAC-SHA-256 gives the codes of RFC 4231")
    func rfc4231() throws {
        let cases = try vectors("rfc4231-hmac-sha256.json", as: File.self).cases
        #expect(cases.count == 6)
        for one in cases { #expect(HMAC.sha256(key: one.key.bytes, message: one.data.bytes) == one.hmac.bytes) }
    }

    @Test("an empty key is a key")
    func empty() {
        let expected = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
        #expect(hexadecimal(HMAC.sha256(key: [], message: [])) == expected)
    }
}

struct HKDFTests {
    private struct File: Decodable {
        struct Case: Decodable {
            let ikm: HexBytes, salt: HexBytes, info: HexBytes, length: Int, prk: HexBytes, okm: HexBytes
        }
        let cases: [Case]
    }

    private struct Hostile: Decodable {
        let tcId: Int, ikm: HexBytes, salt: HexBytes, info: HexBytes, size: Int, okm: HexBytes, result: String
    }

    @Test("both steps give the keys of RFC 5869")
    func rfc5869() throws {
        let cases = try vectors("rfc5869-hkdf-sha256.json", as: File.self).cases
        #expect(cases.count == 3)
        for one in cases {
            let key = HKDF.extractSHA256(inputKey: one.ikm.bytes, salt: one.salt.bytes)
            #expect(key == one.prk.bytes)
            #expect(try HKDF.expandSHA256(key, info: one.info.bytes, count: one.length) == one.okm.bytes)
        }
    }

    @Test("Wycheproof: what is valid is derived, too much output is refused")
    func wycheproof() throws {
        let file = try vectors("wycheproof-hkdf_sha256_test.json", as: Wycheproof<Hostile>.self)
        #expect(file.tests.count == file.numberOfTests)
        for test in file.tests {
            let derive = {
                try HKDF.sha256(
                    inputKey: test.ikm.bytes, salt: test.salt.bytes, info: test.info.bytes, count: test.size)
            }
            if test.result == "valid" {
                #expect(try derive() == test.okm.bytes, "case \(test.tcId)")
            } else {
                #expect(throws: CryptographyError.lengthOutOfRange(test.size), "case \(test.tcId)") { try derive() }
            }
        }
    }

    @Test("no output is possible, a negative one is not")
    func edges() throws {
        #expect(try HKDF.sha256(inputKey: [1], count: 0).isEmpty)
        #expect(throws: CryptographyError.lengthOutOfRange(-1)) { try HKDF.sha256(inputKey: [1], count: -1) }
    }
}
