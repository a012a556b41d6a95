import Redis

/// What an entry's script asked for and was brought, so that it can be applied at the second try.
enum Remedy: Sendable {
    /// Messages that Redis has let go.
    case page(ArchivedPage)
    /// The one message the command is about; nil when the archive has none either.
    case message(ArchivedMessage?)
    /// The entry can never be applied.
    case discard(String)

    var page: ArchivedPage? { if case .page(let page) = self { page } else { nil } }
}

/// A message as the archive holds it.
struct ArchivedMessage: Sendable, Equatable {
    let id: String
    let sequence: Int
    let json: [UInt8]
}

/// A page of messages of a room, newest first, and how far the archive went when it was read.
struct ArchivedPage: Sendable, Equatable {
    let through: Int
    let messages: [ArchivedMessage]

    /// As the scripts take them: seq, id and JSON of each.
    var arguments: [RedisArgument] {
        self.messages.flatMap { [RedisArgument($0.sequence), RedisArgument($0.id), RedisArgument($0.json)] }
    }
}

extension Remedy? {
    /// The archive's highest seq, -1 when it was not asked.
    var through: RedisArgument { RedisArgument(self?.page?.through ?? -1) }
    var rows: [RedisArgument] { self?.page?.arguments ?? [] }
}
