import Domain

/// A message of a person that has its number, and the texts that follow from it. Made once, by chat, and written as they are.
public struct PostedMessage: Sendable {
    /// `<room>.<epoch>.<seq>`.
    public let messageID: [UInt8]
    /// As it is published, kept and archived: header, line break, and JSON that ends with ``MessagePayload/encodedTail``.
    public let publication: [UInt8]
    /// What its author is answered.
    public let receipt: [UInt8]

    /// - Parameters:
    ///   - tail: The JSON after `epoch`.
    ///   - timestamp: RFC 3339, UTC, milliseconds.
    public init(
        room: String, epoch: String, sequence: Int, user: String, tail: [UInt8], timestamp: String
    ) {
        let id = Self.id(room: room, epoch: epoch, sequence: sequence)
        let header = Publication.Header(
            event: Publication.Event.newMessage, room: room, epoch: epoch, sequence: sequence, user: user)
        var publication: [UInt8] = []
        publication.reserveCapacity(tail.count + 192)
        header.write(to: &publication)
        publication.append(UInt8(ascii: "\n"))
        publication += MessagePayload.head(sequence: sequence, messageID: id, epoch: epoch)
        publication += tail
        self.messageID = id
        self.publication = publication
        self.receipt = Self.receipt(messageID: id, room: room, sequence: sequence, timestamp: timestamp)
    }

    static func id(room: String, epoch: String, sequence: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64)
        bytes.write(room)
        bytes.append(UInt8(ascii: "."))
        bytes.write(epoch)
        bytes.append(UInt8(ascii: "."))
        bytes.write(String(sequence))
        return bytes
    }

    /// What the author of a message is answered.
    ///
    /// - Parameter milliseconds: When it was posted, since 1970.
    public static func receipt(messageID: [UInt8], room: String, sequence: Int, milliseconds: Int) -> [UInt8] {
        self.receipt(
            messageID: messageID, room: room, sequence: sequence,
            timestamp: Timestamp(milliseconds: Int64(milliseconds)).rfc3339)
    }

    static func receipt(messageID: [UInt8], room: String, sequence: Int, timestamp: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(192)
        bytes.write("{\"message_id\":\"")
        bytes += messageID
        bytes.write("\",\"room_id\":\"")
        bytes.write(room)
        bytes.write("\",\"seq\":")
        bytes.write(String(sequence))
        bytes.write(",\"timestamp\":\"")
        bytes.write(timestamp)
        bytes.write("\"}")
        return bytes
    }
}
