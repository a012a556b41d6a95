import Redis

/// What the archive said of a command whose script asked for it, so that it can be applied at the second try.
enum ArchiveAnswer: Sendable {
    /// Messages that Redis has let go.
    case page(ArchivedPage)
    /// The one message the command is about; nil when the archive has none either.
    case message(ArchivedMessage?)

    var page: ArchivedPage? { if case .page(let page) = self { page } else { nil } }
}

/// A message as the archive holds it.
struct ArchivedMessage: Sendable, Equatable {
    let id: String
    let sequence: Int
    let json: [UInt8]

    /// As scripts take it: seq, id, JSON.
    var row: [RedisArgument] { [RedisArgument(self.sequence), RedisArgument(self.id), RedisArgument(self.json)] }
}

/// A page of messages of a room, newest first, and how far the archive went when it was read.
struct ArchivedPage: Sendable, Equatable {
    let through: Int
    let messages: [ArchivedMessage]
}

extension ArchiveAnswer? {
    /// The archive's highest seq, -1 when it was not asked.
    var through: Int { self?.page?.through ?? -1 }
    var rows: [RedisArgument] { (self?.page?.messages ?? []).flatMap(\.row) }

    /// Whether the archive has the message: nil when it was not asked.
    var hasMessage: Bool? { if case .message(let message)? = self { message != nil } else { nil } }
    var message: ArchivedMessage? { if case .message(let message)? = self { message } else { nil } }
}

extension ScriptInput {
    /// `''` the archive was not asked, `0` it has no such message, `1` it has.
    mutating func argument(_ name: StaticString, _ claim: Bool?) {
        self.argument(name, claim.map { $0 ? "1" : "0" } ?? "")
    }
}
