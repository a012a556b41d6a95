/// An address that is safe in an envelope and in a header: ASCII, no spaces, no control characters, no brackets.
public struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    /// - Parameter text: `local@domain`, at most 254 bytes (RFC 5321 §4.5.3.1), local part at most 64. Quoted local parts
    ///   and international addresses are not supported.
    /// - Throws: ``MailMessageError/invalidAddress``
    public init(_ text: String) throws(MailMessageError) {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= 254, (1...64).contains(parts[0].count), !parts[1].isEmpty,
            parts[0].allSatisfy(Self.isLocal), parts[1].allSatisfy(Self.isDomain)
        else { throw .invalidAddress }
        self.rawValue = text
    }

    public var description: String { self.rawValue }

    /// RFC 5322 §3.2.3: `atext`, and the dots between atoms.
    private static func isLocal(_ byte: UInt8) -> Bool {
        Self.isAlphanumeric(byte) || Self.localMarks.contains(byte)
    }

    private static let localMarks = Array("!#$%&'*+-/=?^_`{|}~.".utf8)

    private static func isDomain(_ byte: UInt8) -> Bool {
        Self.isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}

/// Why a message cannot be written. Repeating it is useless.
public enum MailMessageError: Error, Sendable, Equatable {
    /// A control character — a line break above all — in a header value: it would let the value write headers of its own.
    case controlCharacter(header: String)
    /// A header name that is not a token (RFC 5322 §2.2).
    case invalidHeaderName
    case invalidAddress
    /// Not `<left@right>` of printable ASCII.
    case invalidMessageID
    case noRecipients
}
