/// Names one message for ever: `<room>.<epoch>.<sequence>`.
///
/// It leads to its room by itself, so that a client may react to a message of which it knows nothing else. A room may
/// contain dots; epoch and sequence cannot, so a message id is read from the right.
public struct MessageID: Hashable, Sendable {
    /// The longest text that can be a message id, in bytes.
    public static let maximumLength = 128

    public let room: RoomID
    /// One life of one Redis server, as the room knew it: 1–40 letters and digits.
    public let epoch: String
    /// The place of the message in its room, from 1.
    public let sequence: Int

    /// - Throws: ``IdentifierError/malformed(_:)`` when `epoch` or `sequence` is out of range.
    public init(room: RoomID, epoch: String, sequence: Int) throws(IdentifierError) {
        guard (1...40).contains(epoch.utf8.count), epoch.utf8.allSatisfy(isEpochByte), sequence >= 1 else {
            throw .malformed(excerpt(of: "\(room).\(epoch).\(sequence)"))
        }
        self.room = room
        self.epoch = epoch
        self.sequence = sequence
    }

    /// - Parameter text: At most 128 bytes. The sequence is decimal without sign or leading zero, so that a message has
    ///   exactly one name.
    /// - Throws: ``IdentifierError/malformed(_:)``
    public init(_ text: some StringProtocol) throws(IdentifierError) {
        guard text.utf8.count <= Self.maximumLength,
            let last = text.lastIndex(of: "."),
            let first = text[..<last].lastIndex(of: "."),
            let sequence = Int(text[text.index(after: last)...]),
            String(sequence) == text[text.index(after: last)...]
        else { throw .malformed(excerpt(of: String(text.prefix(80)))) }
        let epoch = String(text[text.index(after: first)..<last])
        try self.init(room: RoomID(text[..<first]), epoch: epoch, sequence: sequence)
    }

}

private func isEpochByte(_ byte: UInt8) -> Bool {
    isIdentifierByte(byte) && byte != UInt8(ascii: ".") && byte != UInt8(ascii: "_") && byte != UInt8(ascii: "-")
}

extension MessageID: CustomStringConvertible {
    public var description: String { "\(self.room.rawValue).\(self.epoch).\(self.sequence)" }
}

extension MessageID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let identifier = try? Self(container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a message id")
        }
        self = identifier
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.description)
    }
}
