import Foundation
import TestSupport

/// Reads a file of published vectors.
func vectors<Content: Decodable>(_ name: String, as type: Content.Type = Content.self) throws -> Content {
    try JSONDecoder().decode(Content.self, from: Data(Fixture.bytes("vectors/\(name)")))
}

/// Bytes written in hexadecimal.
struct HexBytes: Decodable {
    let bytes: [UInt8]

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let digits = Array(try container.decode(String.self))
        let bytes = stride(from: 0, to: digits.count - digits.count % 2, by: 2)
            .compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
        guard bytes.count * 2 == digits.count else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not hexadecimal")
        }
        self.bytes = bytes
    }
}

/// The common part of Wycheproof's files.
struct Wycheproof<Test: Decodable>: Decodable {
    struct Group: Decodable { let tests: [Test] }
    let numberOfTests: Int
    let testGroups: [Group]
    var tests: [Test] { self.testGroups.flatMap(\.tests) }
}
