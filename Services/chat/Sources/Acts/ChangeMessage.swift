import Domain
import Redis

/// What `part_change.lua` is given: in front of every script that changes one message.
struct ChangeHead {
    let once: OnceHead
    let message: MessageID
    let archived: ArchiveAnswer?

    func fill(_ input: inout ScriptInput) {
        self.once.fill(&input)
        let message = "\(self.message)"
        input.key("CHANGED", .sortedSet, self.once.room.changed)
        input.key("REACTED", .hash, self.once.room.reacted)
        input.key("REACTIONS", .hash, self.once.command.keys.reactions(message: message))
        input.argument("message", message)
        input.argument("placed", self.message.sequence)
        input.argument("archived", self.archived.hasMessage)
        input.argument("archived_json", self.archived.message?.json ?? [])
        input.argument("archived_reactions", self.archived.message?.reactions ?? [])
        input.argument("archived_through", self.archived.through.map { RedisArgument($0) } ?? "")
    }
}

/// Puts a new JSON in the place of a message's: the one way in which a message that stands is changed.
///
/// An act computes the JSON from what a script answered as ``HeldMessage``. When the message has moved since, nothing is
/// written and the script answers with the message as it is now: the act computes again.
struct ChangeMessage: ScriptCall {
    static let script = ChatScript.command(
        "change_message", PackageResources.change_message_lua, .room, .once, .message, .change)

    private let head: ChangeHead
    private let version: String
    private let json: [UInt8]
    private let event: String
    private let said: [UInt8]
    private let flags: String

    /// - Parameters:
    ///   - held: The message that `json` was computed from.
    ///   - event: A word of `Publication.Event`.
    ///   - said: What is published, after its seq; nil for the message itself.
    init(
        _ once: OnceHead, _ held: HeldMessage, json: [UInt8], event: String, said: [UInt8]? = nil, flags: String = "-"
    ) throws(CommandFailure) {
        guard let message = try? MessageID(held.id) else { throw .discarded("message: malformed") }
        self.head = ChangeHead(
            once: once, message: message, archived: held.archived.map { ArchiveAnswer.message($0) })
        self.version = held.version
        self.json = json
        self.event = event
        self.said = said ?? []
        self.flags = flags
    }

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        input.argument("version", self.version)
        input.argument("changed", self.json)
        input.argument("event", self.event)
        input.argument("said", self.said)
        input.argument("flags", self.flags)
    }
}
