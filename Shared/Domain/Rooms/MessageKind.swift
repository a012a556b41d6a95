/// What a message is. The raw values are on the wire.
public enum MessageKind: String, CaseIterable, Codable, Hashable, Sendable {
    case text
    case emojiReaction = "emoji_reaction"
    case gif
    case image
    case file
    case voice
    /// A line of the suite itself.
    case system
    /// A trading signal; `metadata` holds the numbers.
    case tradeSignal = "trade_signal"
}
