import WireContract

/// How much is how much, and how long things last.
struct ChatLimits: Sendable {
    /// Messages of a page unless asked otherwise.
    static let pageMessages = 50
    static let mostPageMessages = 100
    /// Most bytes of the messages of a page, but for its first: half of what a gateway lets wait for one reader.
    static let pageBytes = 512_000
    /// How many messages from before their joining those may read who have no right to the whole history.
    static let messagesBeforeJoining = 50
    /// Most events, and most bytes of them, that a resume answers; beyond them a client reloads.
    static let resumeEvents = 1_000
    static let resumeBytes = 512_000
    static let catchUpRooms = 1_000
    static let metadataBytes = 4_096
    /// How long an outcome waits for its signal, in seconds.
    static let parkedOutcomeSeconds = 86_400
    static let outcomeBytes = ChatCommand.largestOutcome
    static let signalBytes = ChatCommand.largestSignal
    /// Below 2⁵³, so that JavaScript and Lua read it exactly.
    static let highestSequence = 9_007_199_254_740_991

    /// Partitions of the rooms.
    var partitions = 16
    /// Most entries of an outbox; beyond them writers are refused.
    var outboxBound = 200_000
    /// How long a command's answer is kept, in seconds; a signal's.
    var dedupeSeconds = 86_400
    var signalDedupeSeconds = 7 * 86_400
    /// How long a user without sockets still counts as present.
    var graceMilliseconds = 10_000
    /// Messages, and events of the log, that a room keeps in Redis once they are archived.
    var keptMessages = 1_000
}
