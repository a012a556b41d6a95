import Domain
import JSON
import Metrics

/// `post_signal`: `{"signal_data":{…}}`, or the signal's data alone. The message is the card that browsers draw.
struct PostSignal: Act, ScriptCall {
    static let script = ChatScript.command(
        "post_signal", PackageResources.post_signal_lua, .room, .once, .creation, .line)

    private let line: SuiteLine
    private let signal: SignalID
    /// The one that came first and is in the line; empty when none is.
    private let outcome: [UInt8]

    nonisolated(nonsending) init(_ context: CommandContext) async throws(CommandFailure) {
        let room = try context.roomOfSuite()
        var data = try CommandData(context.command.data)
        var bytes = context.command.data
        if let inner = try data.object("signal_data", limit: ChatLimits.signalBytes) {
            data = try CommandData(inner)
            bytes = inner
        } else if let value = try? JSONValue(parsing: bytes) {
            bytes = JSONWriter.compact(value)
        }
        guard bytes.count <= ChatLimits.signalBytes else { throw .discarded("the signal is too large") }
        self.signal = try data.signalID()
        self.outcome = context.archived.parked
        var metadata = Array(#"{"type":"trading_signal","outcome":"#.utf8)
        metadata += Self.settled(self.outcome, on: bytes) ?? Array("null".utf8)
        metadata += #","signal_data":"#.utf8
        metadata += bytes
        metadata.append(UInt8(ascii: "}"))
        self.line = SuiteLine(
            // Not over the data: it says when it was read and whether it was still fresh, and a signal that is sent again
            // is the same signal all the same.
            once: context.once(over: Array(self.signal.rawValue.utf8), for: context.limits.signalDedupeSeconds),
            room: room,
            line: RoomJSON.system(
                room: context.command.room, content: SignalText.content(data), type: .tradeSignal,
                at: context.moment.text, metadata: metadata))
    }

    private static let refused = Counter(label: "squadchat_chat_outcomes_refused_total")

    /// The outcome that came first; nil when there is none, or one that cannot be of this signal: it is dropped and counted,
    /// the signal is sound.
    private static func settled(_ outcome: [UInt8], on data: [UInt8]) -> [UInt8]? {
        guard !outcome.isEmpty, let data = try? JSONValue(parsing: data) else { return nil }
        do { return try SignalResult.settled(outcome, on: data) } catch {
            self.refused.increment()
            return nil
        }
    }

    func fill(_ input: inout ScriptInput) {
        self.line.fill(&input)
        let head = self.line.once.command
        input.key("SIGNAL", .string, head.keys.signal(room: head.command.room, signal: self.signal.rawValue))
        input.argument("outcome", self.outcome)
    }
}

/// The text of a signal's message, for clients that draw no card.
enum SignalText {
    static func content(_ data: CommandData) -> String {
        var lines = ["📡 **TACTICAL SIGNAL DETECTED**"]
        lines.append("🎯 Pair: \(self.text(data, "pair"))")
        lines.append("🔄 Direction: \(self.text(data, "direction"))")
        lines.append("⚡ TCS Score: \(self.percent(data))%")
        lines.append("💰 Entry: \(self.text(data, "entry_price"))")
        lines.append("🎪 Execute with precision!")
        return lines.joined(separator: "\n")
    }

    private static func text(_ data: CommandData, _ name: String) -> String {
        guard let value = data[name] else { return "—" }
        if let text = value.string { return String(text.prefix(64)) }
        return value.double == nil ? "—" : String(decoding: value.bytes, as: UTF8.self)
    }

    /// One decimal.
    private static func percent(_ data: CommandData) -> String {
        guard let score = data["tcs"]?.double, (0...1_000).contains(score) else { return "—" }
        let tenths = Int((score * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
