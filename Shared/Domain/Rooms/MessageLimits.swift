/// How much a message may hold.
public enum MessageLimits {
    /// The longest message, in Unicode scalars: a family emoji counts as its seven parts, so that a “character” cannot
    /// be made arbitrarily long.
    public static let characters = 2_000
    /// The longest emoji, in bytes of UTF-8.
    public static let emojiBytes = 32
    /// Different emoji under one message.
    public static let distinctEmoji = 20
    /// The longest name a client may give a command, in bytes of printable ASCII.
    public static let clientIDBytes = 128

    /// - Throws: ``Refusal`` (`empty_message`, `message_too_long`) for blank text, or more than the room takes.
    public static func check(content: String, in room: RoomLimits = RoomLimits()) throws(Refusal) {
        let scalars = content.unicodeScalars
        // As many scalars as bytes at most: only a long text needs to be counted.
        guard content.utf8.count <= room.messageCharacters || scalars.count <= room.messageCharacters else {
            throw Refusal(
                .messageTooLong, "A message holds at most \(room.messageCharacters) characters.", field: "content",
                limit: room.messageCharacters)
        }
        guard scalars.contains(where: { 0x21...0x7E ~= $0.value || !$0.properties.isWhitespace && !isInvisible($0) })
        else {
            throw Refusal(.emptyMessage, "A message needs text.", field: "content")
        }
        guard !content.utf8.contains(0) else {
            throw Refusal(.invalidField, "A message cannot hold a NUL character.", field: "content")
        }
    }

    /// - Returns: The emoji in its one spelling.
    /// - Throws: ``Refusal`` (`invalid_field`) for everything but one emoji of at most ``emojiBytes``.
    public static func reaction(_ text: String) throws(Refusal) -> Emoji {
        guard text.utf8.count <= Self.emojiBytes, let emoji = Emoji(text), emoji.text.utf8.count <= Self.emojiBytes
        else { throw Self.noReaction }
        return emoji
    }

    /// Whether a release of before may have taken this for an emoji: then it may still be taken back.
    ///
    /// - Throws: ``Refusal`` (`invalid_field`)
    public static func check(formerReaction text: String) throws(Refusal) {
        guard text.utf8.count <= Self.emojiBytes, text.count == 1, let first = text.unicodeScalars.first,
            first.properties.isEmoji, first.value > 0xFF || text.unicodeScalars.count > 1
        else { throw Self.noReaction }
    }

    private static let noReaction = Refusal(
        .invalidField, "A reaction is one emoji of at most \(Self.emojiBytes) bytes.", field: "emoji",
        limit: Self.emojiBytes)

    /// - Throws: ``Refusal`` (`invalid_field`) for everything but 1–128 bytes of printable ASCII.
    public static func check(clientID: String) throws(Refusal) {
        guard (1...Self.clientIDBytes).contains(clientID.utf8.count), clientID.utf8.allSatisfy({ (0x21...0x7E) ~= $0 })
        else {
            throw Refusal(
                .invalidField, "A client_id is 1 to \(Self.clientIDBytes) printable ASCII characters.",
                field: "client_id", limit: Self.clientIDBytes)
        }
    }

    /// Takes no room on a screen, and is no white space either.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isDefaultIgnorableCodePoint || isControl(scalar)
    }
}
