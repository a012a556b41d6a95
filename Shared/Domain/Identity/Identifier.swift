/// What an ``Identifier`` may name: a subject decides how long its names may be.
public protocol IdentifierSubject: Sendable {
    /// The longest name in bytes.
    static var maximumLength: Int { get }
}

/// The name of one `Subject` — a room, a user.
///
/// Checked once when it is made, trusted everywhere after: an identifier may stand as a segment of a Redis key, in a
/// file name and in a URL path without escaping.
public struct Identifier<Subject: IdentifierSubject>: Hashable, Sendable {
    public let rawValue: String

    /// - Parameter text: 1–64 bytes (signals 1–128, squads 1–58) of `A`–`Z`, `a`–`z`, `0`–`9`, `_`, `-` and `.`. No `:`
    ///   and no braces, because an identifier is also a segment of a Redis key; not `.` or `..`, because it is also a
    ///   file name.
    /// - Throws: ``IdentifierError/malformed(_:)``
    public init(_ text: some StringProtocol) throws(IdentifierError) {
        let text = String(text)
        guard
            (1...Subject.maximumLength).contains(text.utf8.count), text.utf8.allSatisfy(isIdentifierByte),
            text != ".", text != ".."
        else { throw .malformed(excerpt(of: text)) }
        self.rawValue = text
    }

    /// For names that this module puts together from checked parts.
    init(unchecked text: String) {
        self.rawValue = text
    }
}

/// Why a text names nothing.
public enum IdentifierError: Error, Equatable, Sendable {
    /// The text is empty, too long, or has a byte outside the allowed set. Carries at most its first 80 characters.
    case malformed(String)
}

extension Identifier: CustomStringConvertible {
    public var description: String { self.rawValue }
}

extension Identifier: Comparable {
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension Identifier: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let identifier = try? Self(container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an identifier")
        }
        self = identifier
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.rawValue)
    }
}

/// Lets a dictionary with identifiers as keys be encoded as a JSON object.
extension Identifier: CodingKeyRepresentable {
    public var codingKey: any CodingKey { IdentifierKey(stringValue: self.rawValue) }

    public init?(codingKey: some CodingKey) {
        guard let identifier = try? Self(codingKey.stringValue) else { return nil }
        self = identifier
    }
}

private struct IdentifierKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

func isIdentifierByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
        true
    default: false
    }
}

/// Enough of a refused text to recognise it, never a megabyte of it.
func excerpt(of text: String) -> String {
    String(text.prefix(80))
}
