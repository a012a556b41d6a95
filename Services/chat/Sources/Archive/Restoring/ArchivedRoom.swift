/// A room as the archive knows it.
struct ArchivedRoom: Sendable, Equatable {
    let room: String
    /// JSON string with its quotes.
    let name: String
    let squad: String
    /// JSON, as ``RoomRecord`` writes it; empty of a room that was made before there were records.
    let record: [UInt8]
    /// Milliseconds since 1970.
    let created: Int
    let members: [ArchivedMember]
}

struct ArchivedMember: Sendable, Equatable {
    let user: String
    let json: [UInt8]
}

/// One event as the archive holds it.
struct ArchivedEvent: Sendable, Equatable {
    let sequence: Int
    let event: String
    /// The message it is about, empty when there is none.
    let message: String
    let user: String
    let flags: String
    /// Empty where the message in its present state says it all.
    let json: [UInt8]
}

/// What a command answered.
struct ArchivedMark: Sendable, Equatable {
    let author: String
    let id: String
    let digest: String
    let answer: [UInt8]
    /// Milliseconds since 1970.
    let producedAt: Int
}

/// What Redis may have lost of one room.
struct ArchivedHistory: Sendable {
    /// 0 when the archive knows nothing of the room.
    let highestSequence: Int
    /// Whether this is the end of the room and not what follows on what Redis has: Redis has nothing, or so little that
    /// the record cannot close the hole.
    let startsAnew: Bool
    /// `epoch:start` of each epoch with an event, in order, with spaces between.
    let epochs: String
    /// The newest, oldest first.
    let events: [ArchivedEvent]
    /// The newest that changed after what Redis has, oldest first.
    let messages: [ArchivedMessage]
    /// Older ones that ``events`` tell of, oldest first.
    let toldMessages: [ArchivedMessage]
    /// Whether there are messages older than ``messages``.
    let hasOlderMessages: Bool
    /// Newest first.
    let marks: [ArchivedMark]
    let members: [ArchivedMember]
}

/// An outcome that came before its signal, as the archive holds it until the signal is there.
struct ParkedOutcome: Sendable, Equatable {
    let room: String
    let signal: String
    let json: [UInt8]
    /// Milliseconds since 1970.
    let producedAt: Int
}
