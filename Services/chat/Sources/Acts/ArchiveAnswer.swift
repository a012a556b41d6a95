import Redis

/// What was brought for a command whose script asked for it, so that it can be applied at the next try.
enum ArchiveAnswer: Sendable {
    /// The one message the command is about; nil when the archive has none either. `through` is the highest seq that the
    /// archive held of the room when it was asked before the command's turn; nil when it was asked in its turn.
    case message(ArchivedMessage?, through: Int? = nil)
    /// The one message the command is about as it is, to be changed by Swift; not from the archive but from the script.
    case held(HeldMessage)
    /// The outcome that waits for its signal, empty when none does; from the script too.
    case parked([UInt8])

    /// - Parameters:
    ///   - words: What a script answered.
    ///   - before: What the archive said of the same command.
    init?(reading words: [String], after before: ArchiveAnswer?) {
        switch (words.first, words.count) {
        case ("held", 4):
            let archived = before.message
            self = .held(
                HeldMessage(
                    id: words[1], version: words[2], json: Array(words[3].utf8),
                    archived: archived?.id == words[1] ? archived : nil))
        case ("parked", 2): self = .parked(Array(words[1].utf8))
        default: return nil
        }
    }
}

/// A message as a script found it.
struct HeldMessage: Sendable, Equatable {
    let id: String
    /// Of ``json``: a change that was computed from it is refused when this has moved.
    let version: String
    let json: [UInt8]
    /// The same message from the archive, when that was asked.
    let archived: ArchivedMessage?
}

/// A message as the archive holds it.
struct ArchivedMessage: Sendable, Equatable {
    let id: String
    let sequence: Int
    /// In its present state.
    let json: [UInt8]
    /// The reactions in it, as `ReactionsPayload.fields`; empty when nobody has reacted.
    var reactions: [UInt8] = []
    /// The seq of its last change; its own when it was never changed.
    var lastChange = 0
    /// Whether the reaction that was asked for is on it.
    var hasReaction = false
    /// Whether it is on it in the spelling of before.
    var hasFormerReaction = false

    /// As scripts take it: seq, id, JSON.
    var row: [RedisArgument] { [RedisArgument(self.sequence), RedisArgument(self.id), RedisArgument(self.json)] }
}

/// One person's emoji on a message.
struct UserReaction: Sendable, Hashable {
    let emoji: String
    let user: String
    /// The emoji in another spelling, which a release of before may have kept.
    var former: String?
}

/// A page of messages of a room, newest first, and how far the archive went when it was read.
struct ArchivedPage: Sendable, Equatable {
    let through: Int
    let messages: [ArchivedMessage]
    /// Whether the room has more of them, which were too many bytes to be read.
    var isCut = false
}

extension ArchiveAnswer? {
    /// Whether the archive has the message: nil when it was not asked.
    var hasMessage: Bool? { if case .message(let message, _)? = self { message != nil } else { nil } }
    var message: ArchivedMessage? { if case .message(let message, _)? = self { message } else { nil } }
    var through: Int? { if case .message(_, let through)? = self { through } else { nil } }

    var held: HeldMessage? { if case .held(let message)? = self { message } else { nil } }
    var parked: [UInt8] { if case .parked(let outcome)? = self { outcome } else { [] } }
}

extension ScriptInput {
    /// `''` the archive was not asked, `0` it has no such message, `1` it has.
    mutating func argument(_ name: StaticString, _ claim: Bool?) {
        self.argument(name, claim.map { $0 ? "1" : "0" } ?? "")
    }
}
