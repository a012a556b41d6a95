import Domain
import JSON
import Redis

/// What the suite itself posts: signals, their outcomes, system lines.
extension CommandHandler {
    /// `post_signal`: `{"signal_data":{…}}`, or the signal's data alone. The message is the card that browsers draw.
    func postSignal(_ context: CommandContext) throws(CommandFailure) -> RedisScript.Call {
        let squad = try self.knownSquad(of: context)
        var data = try CommandData(context.command.data)
        var bytes = context.command.data
        if let inner = try data.object("signal_data", limit: ChatLimits.signalBytes) {
            data = try CommandData(inner)
            bytes = inner
        } else if let value = try? JSONValue(parsing: bytes) {
            bytes = JSONWriter.compact(value)
        }
        guard bytes.count <= ChatLimits.signalBytes else { throw .discarded("the signal is too large") }
        let signal = try Self.signalID(data)
        var metadata = Array(#"{"type":"trading_signal","outcome":null,"signal_data":"#.utf8)
        metadata += bytes
        metadata.append(UInt8(ascii: "}"))
        let message = RoomTexts.system(
            room: context.command.room, content: SignalText.content(data), type: .tradeSignal,
            at: context.moment.text, metadata: metadata)
        let key = self.keys.signal(room: context.command.room, signal: signal.rawValue)
        return self.post(
            ChatScripts.postSignal, context, squad, extraKeys: [key], seconds: self.limits.signalDedupeSeconds,
            // Not over the data: it says when it was read and whether it was still fresh, and a signal that is sent again
            // is the same signal all the same.
            digest: context.digest(Array(signal.rawValue.utf8)), message)
    }

    /// `post_system {content, metadata?}`
    func postSystem(_ context: CommandContext) throws(CommandFailure) -> RedisScript.Call {
        let squad = try self.knownSquad(of: context)
        let data = try CommandData(context.command.data)
        let content = try data.requiredString("content")
        let metadata = try data.object("metadata", limit: ChatLimits.metadataBytes) ?? Array("{}".utf8)
        do throws(Refusal) {
            try MessageLimits.check(content: content)
        } catch {
            throw .refused(error)
        }
        let message = RoomTexts.system(
            room: context.command.room, content: content, type: .system, at: context.moment.text, metadata: metadata)
        return self.post(
            ChatScripts.postSystem, context, squad, extraKeys: [], seconds: self.limits.dedupeSeconds,
            digest: context.digest(Array(content.utf8), metadata), message)
    }

    /// `update_signal`: `{"signal_id","outcome",…}`, or the same as an object under `outcome`.
    func updateSignal(_ context: CommandContext) throws(CommandFailure) -> RedisScript.Call {
        _ = try self.knownSquad(of: context)
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
        let signal = try Self.signalID(data)
        let outcome = Self.outcome(data)
        let keys = self.keys(of: context.command.room)
        var stored: [RedisArgument] = ["", "", "", ""]
        if case .message(let archived)? = context.remedy {
            stored =
                archived.map {
                    ["1", RedisArgument($0.id), RedisArgument($0.json), RedisArgument($0.sequence)]
                } ?? ["0", "", "", ""]
        }
        return context.call(
            ChatScripts.updateSignal,
            keys: self.commonKeys(keys) + [
                self.seen(context), self.keys.signal(room: context.command.room, signal: signal.rawValue),
                keys.changed,
            ], outboxBound: self.limits.outboxBound,
            [
                context.digest(bytes), RedisArgument(self.limits.signalDedupeSeconds), context.moment.milliseconds,
                RedisArgument(ChatLimits.parkedOutcomeSeconds), RedisArgument(context.command.id),
                RedisArgument(outcome),
            ] + stored + [RedisArgument(signal.rawValue)])
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

    static func signalID(_ data: CommandData) throws(CommandFailure) -> SignalID {
        guard let text = try data.string("signal_id"), let signal = try? SignalID(text) else {
            throw .refused(Refusal(.invalidSignal, "signal_id is missing or malformed.", field: "signal_id"))
        }
        return signal
    }

    private func post(
        _ script: RedisScript, _ context: CommandContext, _ squad: SquadID, extraKeys: [String], seconds: Int,
        digest: RedisArgument, _ message: [UInt8]
    ) -> RedisScript.Call {
        let keys = self.keys(of: context.command.room)
        let moment = context.moment
        return context.call(
            script, keys: self.commonKeys(keys) + [self.seen(context), self.keys.rooms] + extraKeys,
            outboxBound: self.limits.outboxBound,
            [
                digest, RedisArgument(seconds), moment.milliseconds, RedisArgument(moment.text),
                RedisArgument(context.command.id), RedisArgument(message), RedisArgument(RoomTexts.name(of: squad)),
                RedisArgument(squad.rawValue), RedisArgument(RoomTexts.welcome(to: squad, at: moment.text)),
            ])
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
        guard let score = data["tcs"]?.double, (0...1_000).contains(score) else {
            return "—"
        }
        let tenths = Int((score * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
