import ArgumentParser
import Domain
import FoundationEssentials
import JSON
import Redis
import ServiceRuntime
import WireContract

struct SignalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signal", abstract: "Signals by hand.", subcommands: [SignalPublishCommand.self])
}

struct SignalPublishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Adds one signal to the engine's stream `signals`, and prints the id of the entry.",
        discussion: """
            Every reader of that stream sees it, those of the engine too.

              squadctl signal publish --symbol EURUSD --direction BUY --entry 1.0842 --stop 1.0821 --target 1.0883 \\
                  --tcs 87.4 --class SNIPER
              squadctl signal publish --file signal.json      the engine's own JSON, as it is; - reads standard input
            """)

    @Option(help: ArgumentHelp("JSON file with one signal object; - is standard input.", valueName: "file"))
    var file: String?
    @Option(help: "Its name; repeats of a name are one signal. Default: made from symbol and time.")
    var id: String?
    @Option(help: "The instrument: EURUSD.")
    var symbol: String?
    @Option(help: "BUY or SELL.")
    var direction: String?
    @Option(help: "Price to enter at.", transform: Self.price)
    var entry: DecimalText?
    @Option(help: "Price where the loss ends.", transform: Self.price)
    var stop: DecimalText?
    @Option(help: "Price where the win is taken.", transform: Self.price)
    var target: DecimalText?
    @Option(help: "The engine's confidence, 0 to 100.")
    var tcs: Double?
    @Option(name: .customLong("class"), help: "RAPID or SNIPER.")
    var signalClass = "RAPID"
    @Option(help: "The pattern seen.")
    var pattern = "MANUAL"
    @Option(help: "Tier it is meant for, for routing.")
    var tier: String?

    @OptionGroup var session: SessionOptions

    func run() async throws {
        let json = try self.file.map { try Self.read($0) } ?? self.written()
        let id = try await self.session.withRedis { redis in
            try await redis.xadd(RedisNames.signals, fields: [("event", RedisArgument(json))])
        }
        if self.session.json { try Output.json(["entry": "\(id)"]) } else { Output.line("\(id)") }
    }

    /// As it is typed: 1.10 is not 1.1.
    private static func price(_ text: String) throws -> DecimalText {
        guard let price = DecimalText(text) else { throw ValidationError("“\(text)” is not a number") }
        return price
    }

    static func read(_ path: String) throws -> [UInt8] {
        let bytes = try TextFile.read(path)
        guard let value = try? JSONValue(parsing: bytes), value.kind == .object else {
            throw Failure("\(path) holds no JSON object")
        }
        return JSONWriter.compact(value)
    }

    /// The signal of the flags, checked as integration will check it.
    func written() throws -> [UInt8] {
        guard let symbol, let direction, let entry, let tcs else {
            throw ValidationError("give --symbol, --direction, --entry and --tcs, or --file")
        }
        let now = WallClock.milliseconds()
        let instrument: TradeSymbol
        do { instrument = try TradeSymbol(symbol) } catch { throw ValidationError("\(error)") }
        let letters = instrument.normal.filter { $0.isLetter || $0.isNumber }
        let name = self.id ?? "MANUAL_\(self.signalClass.uppercased())_\(letters)_\(now)"
        guard let side = TradeSide(rawValue: direction.uppercased()) else {
            throw ValidationError("--direction is BUY or SELL")
        }
        guard let signalClass = SignalClass(rawValue: self.signalClass.uppercased()) else {
            throw ValidationError("--class is RAPID or SNIPER")
        }
        guard let signalID = try? SignalID(name) else {
            throw ValidationError("--id is 1 to 128 of A–Z a–z 0–9 _ - .")
        }
        let signal: TradingSignal
        do {
            signal = try TradingSignal(
                signalID: signalID, symbol: instrument, side: side, confidence: tcs, entry: entry.value,
                stop: self.stop?.value,
                target: self.target?.value, signalClass: signalClass, pattern: self.pattern,
                issuedAt: Timestamp(milliseconds: now))
        } catch {
            throw ValidationError("\(error)")
        }
        var json = JSONWriter()
        json.field("signal_id", name)
        json.field("pair", instrument.written)
        json.field("symbol", instrument.written)
        json.field("direction", side.rawValue)
        json.field("pattern_type", self.pattern)
        json.field("signal_class", signalClass.rawValue)
        json.field("confidence", tcs)
        json.field("entry_price", raw: entry.text.utf8)
        if let stop { json.field("stop_loss", raw: stop.text.utf8) }
        if let target { json.field("take_profit", raw: target.text.utf8) }
        if let ratio = signal.riskReward { json.field("risk_reward", (ratio * 100).rounded() / 100) }
        if let tier { json.field("tier_required", tier.uppercased()) }
        json.field("timestamp", signal.issuedAt.rfc3339)
        return json.finish()
    }
}
