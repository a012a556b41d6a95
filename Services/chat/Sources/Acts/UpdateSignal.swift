import Domain
import JSON
import Redis
import WireContract

/// `update_signal`: `{"signal_id","outcome",…}`, or the same as an object under `outcome`.
///
/// A script finds the message, or parks the outcome; the outcome is put in here, and ``ChangeMessage`` keeps it.
struct UpdateSignal: Act {
    private let once: OnceHead
    private let signal: SignalID
    private let outcome: [UInt8]
    private let archived: ArchiveAnswer?
    /// Of the message with the outcome in it; nil until it is found.
    private let change: ChangeMessage?

    nonisolated(nonsending) init(_ context: CommandContext) async throws(CommandFailure) {
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
        guard let held = context.archived.held else {
            self.change = nil
            return
        }
        let card: [UInt8]?
        do throws(SignalRefusal) { card = try Self.card(held.json, with: self.outcome) } catch {
            throw .refused(Refusal(.invalidSignal, "\(error).", field: "outcome"))
        }
        guard let json = card else { throw .refused(Refusal(.invalidSignal, "That message is not a signal.")) }
        self.change = try ChangeMessage(self.once, held, json: json, event: Publication.Event.signalUpdated)
    }

    var call: RedisScript.Call {
        self.change?.call
            ?? FindSignal(once: self.once, signal: self.signal, outcome: self.outcome, archived: self.archived).call
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

    /// A signal's message with another outcome; nil when it is none.
    private static func card(_ json: [UInt8], with outcome: [UInt8]) throws(SignalRefusal) -> [UInt8]? {
        guard let message = try? JSONValue(parsing: json), let metadata = message["metadata"],
            metadata["type"]?.string == "trading_signal", let data = metadata["signal_data"]
        else { return nil }
        guard let changed = metadata.replacing("outcome", with: try SignalResult.settled(outcome, on: data)) else {
            return nil
        }
        return message.replacing("metadata", with: changed)
    }
}

/// Finds the message of a signal whose outcome came; parks the outcome when the signal is not there yet.
private struct FindSignal: ScriptCall {
    static let script = ChatScript.command("find_signal", PackageResources.find_signal_lua, .room, .once, .message)

    let once: OnceHead
    let signal: SignalID
    let outcome: [UInt8]
    let archived: ArchiveAnswer?

    func fill(_ input: inout ScriptInput) {
        let head = self.once.command
        self.once.fill(&input)
        input.key("SIGNAL", .string, head.keys.signal(room: head.command.room, signal: self.signal.rawValue))
        input.argument("parked_seconds", ChatLimits.parkedOutcomeSeconds)
        input.argument("outcome", self.outcome)
        input.argument("signal", self.signal.rawValue)
        input.argument("archived", self.archived.hasMessage)
        input.argument("archived_id", self.archived.message?.id ?? "")
        input.argument("archived_json", self.archived.message?.json ?? [])
    }
}
