import Domain
import JSON
import Redis

/// `update_signal`: `{"signal_id","outcome",…}`, or the same as an object under `outcome`.
struct UpdateSignal: Act, ScriptCall {
    static let script = ChatScript.command("update_signal", PackageResources.update_signal_lua, .room, .once)

    private let once: OnceHead
    private let signal: SignalID
    private let outcome: [UInt8]
    private let archived: ArchiveAnswer?

    init(_ context: CommandContext) async throws(CommandFailure) {
        _ = try context.roomOfSuite()
        var data = try CommandData(context.command.data)
        var bytes = context.command.data
        if let inner = try? data.object("outcome", limit: ChatLimits.outcomeBytes) {
            let named = try data.string("signal_id")
            data = try CommandData(inner)
            bytes = inner
            if let named, data["signal_id"] == nil {
                bytes = Array("{\"signal_id\":\"\(named)\",".utf8) + inner.dropFirst()
                data = try CommandData(bytes)
            }
        } else if let value = try? JSONValue(parsing: bytes) {
            bytes = JSONWriter.compact(value)
        }
        guard bytes.count <= ChatLimits.outcomeBytes else { throw .discarded("the outcome is too large") }
        guard let word = try data.string("outcome"), SignalOutcome.Result(rawValue: word) != nil else {
            throw .refused(Refusal(.invalidSignal, "outcome is none of WIN, LOSS, TIMEOUT, PENDING.", field: "outcome"))
        }
        self.signal = try data.signalID()
        self.outcome = Self.outcome(data)
        self.once = context.once(over: bytes, for: context.limits.signalDedupeSeconds)
        self.archived = context.archived
    }

    func fill(_ input: inout ScriptInput) {
        let head = self.once.command
        self.once.fill(&input)
        input.key("SIGNAL", .string, head.keys.signal(room: head.command.room, signal: self.signal.rawValue))
        input.key("CHANGED", .sortedSet, self.once.room.changed)
        input.argument("parked_seconds", ChatLimits.parkedOutcomeSeconds)
        input.argument("outcome", self.outcome)
        input.argument("signal", self.signal.rawValue)
        let message = self.archived.message
        input.argument("archived", self.archived.hasMessage)
        input.argument("archived_id", message?.id ?? "")
        input.argument("archived_json", message?.json ?? [])
        input.argument("archived_seq", message.map { RedisArgument($0.sequence) } ?? "")
    }

    func ask(_ archive: any MessageArchive) async throws -> ArchiveAnswer {
        .message(try await archive.signal(self.signal.rawValue, in: self.once.command.command.room))
    }

    /// The outcome as the message keeps it: everything said of it, without the name of its signal.
    private static func outcome(_ data: CommandData) -> [UInt8] {
        var bytes = [UInt8(ascii: "{")]
        for (name, value) in data.all where name != "signal_id" {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            JSONWriter.append(name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            bytes += JSONWriter.compact(value)
        }
        return bytes + [UInt8(ascii: "}")]
    }
}
