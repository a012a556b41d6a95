import Domain
import JSON

/// A market that walks at random, and the engine that trades on it: what it publishes has the form, the names and the
/// magnitudes of the real engine (FOREX and gold, RAPID and SNIPER).
struct DemoMarket {
    struct Instrument: Sendable {
        let symbol: String
        /// What one pip is worth in the instrument's price.
        let pip: Double
        /// Digits after the point in a price.
        let digits: Int
        let stops: ClosedRange<Double>
        var price: Double
    }

    /// A signal that has not ended yet.
    struct OpenSignal: Sendable, Equatable {
        let signalID: String
        let symbol: String
        let direction: String
        let pattern: String
        let confidence: Double
        let entry: Double
        let stop: Double
        let target: Double
        let stopPips: Double
        /// Milliseconds since 1970.
        let openedAt: Int
    }

    /// What ended, and how.
    struct Ending: Sendable, Equatable {
        let signal: OpenSignal
        let outcome: String
        let pips: Double
        let exit: Double
    }

    private(set) var instruments = [
        Instrument(symbol: "EURUSD", pip: 0.0001, digits: 5, stops: 8...22, price: 1.0842),
        Instrument(symbol: "GBPUSD", pip: 0.0001, digits: 5, stops: 9...25, price: 1.2671),
        Instrument(symbol: "USDJPY", pip: 0.01, digits: 3, stops: 9...24, price: 154.32),
        Instrument(symbol: "AUDUSD", pip: 0.0001, digits: 5, stops: 7...18, price: 0.6503),
        Instrument(symbol: "USDCAD", pip: 0.0001, digits: 5, stops: 8...20, price: 1.3988),
        Instrument(symbol: "EURJPY", pip: 0.01, digits: 3, stops: 12...28, price: 162.84),
        Instrument(symbol: "XAUUSD", pip: 0.1, digits: 2, stops: 30...85, price: 2_671.4),
    ]
    private(set) var open: [OpenSignal] = []
    private var random: any RandomNumberGenerator
    private var lastNumber = 0
    /// A signal that reached neither stop nor target by then times out, in milliseconds.
    let timeout: Int

    init(random: any RandomNumberGenerator, timeout: Int = 240_000) {
        self.random = random
        self.timeout = timeout
    }

    private static let patterns = [
        "ORDER_BLOCK_BOUNCE", "FAIR_VALUE_GAP_FILL", "SWEEP_RETURN", "LIQUIDITY_SWEEP_REVERSAL", "VCB_BREAKOUT",
    ]

    /// Takes up a signal that an earlier run left open.
    mutating func adopt(_ signal: OpenSignal) {
        guard !self.open.contains(where: { $0.signalID == signal.signalID }) else { return }
        self.open.append(signal)
    }

    /// A new signal.
    ///
    /// - Parameter now: Milliseconds since 1970.
    /// - Returns: The JSON of the field `event`.
    mutating func signal(at now: Int) -> [UInt8] {
        let instrument = self.instruments[self.below(self.instruments.count)]
        let isSniper = self.below(3) == 0
        let isBuy = self.below(2) == 0
        let riskReward = Self.round(isSniper ? self.within(2.0...2.8) : self.within(1.5...1.9), 2)
        let stopPips = Self.round(self.within(instrument.stops), 1)
        let targetPips = Self.round(stopPips * riskReward, 1)
        let confidence = Self.round(isSniper ? self.within(76...95) : self.within(65...88), 1)
        let entry = Self.round(instrument.price, instrument.digits)
        let side = isBuy ? 1.0 : -1.0
        let stop = Self.round(entry - side * stopPips * instrument.pip, instrument.digits)
        let target = Self.round(entry + side * targetPips * instrument.pip, instrument.digits)
        let pattern = Self.patterns[self.below(Self.patterns.count)]
        // The engine counts seconds; a burst must not give one name twice.
        self.lastNumber = max(self.lastNumber + 1, now / 1_000)
        let name = "ELITE_\(isSniper ? "SNIPER" : "RAPID")_\(instrument.symbol)_\(self.lastNumber)"
        self.open.append(
            OpenSignal(
                signalID: name, symbol: instrument.symbol, direction: isBuy ? "BUY" : "SELL", pattern: pattern,
                confidence: confidence, entry: entry, stop: stop, target: target, stopPips: stopPips, openedAt: now))

        let quality = Self.round(confidence * 0.9, 1)
        var json = JSONWriter(capacity: 1_024)
        json.field("signal_id", name)
        json.field("pair", instrument.symbol)
        json.field("symbol", instrument.symbol)
        json.field("direction", isBuy ? "BUY" : "SELL")
        json.field("pattern", pattern)
        json.field("pattern_type", pattern)
        json.field("signal_class", isSniper ? "SNIPER" : "RAPID")
        json.field("confidence", confidence)
        json.field("quality_score", quality)
        json.field("quality_tier", quality >= 75 ? "PREMIUM" : quality >= 65 ? "STANDARD" : "ACCEPTABLE")
        json.field("entry_price", entry)
        json.field("stop_loss", stop)
        json.field("take_profit", target)
        json.field("stop_pips", stopPips)
        json.field("target_pips", targetPips)
        json.field("risk_reward", riskReward)
        json.field("lot_size", 0.01)
        json.field("risk_percent", 2.0)
        json.field("timestamp", Self.timestamp(now))
        json.field("session", Self.session(hour: now / 3_600_000 % 24))
        json.field("tier_required", isSniper ? "FANG" : "NIBBLER")
        json.field("tiers_allowed", isSniper ? ["FANG", "COMMANDER"] : ["NIBBLER", "FANG", "COMMANDER"])
        json.field("filters_passed", raw: #"{"momentum":true,"volume":true,"confidence":true}"#.utf8)
        json.field("news_impact", false)
        json.field("rsi", Self.round(self.within(28...72), 1))
        json.field("ingest_ts", Double(now) / 1_000)
        return json.finish()
    }

    /// Lets the market move for `seconds` and ends the signals it reaches. Its pace is a hundred times that of a real
    /// one, so that somebody who watches sees cards come to their end.
    mutating func move(seconds: Double, now: Int) -> [Ending] {
        for index in self.instruments.indices {
            let instrument = self.instruments[index]
            let stop = (instrument.stops.lowerBound + instrument.stops.upperBound) / 2
            let step = stop * instrument.pip * 0.16 * seconds.squareRoot()
            self.instruments[index].price += step * self.normal()
        }
        let endings = self.open.compactMap { self.ending(of: $0, now: now) }
        let ended = Set(endings.map(\.signal.signalID))
        self.open.removeAll { ended.contains($0.signalID) }
        return endings
    }

    private func ending(of signal: OpenSignal, now: Int) -> Ending? {
        guard let instrument = self.instruments.first(where: { $0.symbol == signal.symbol }) else { return nil }
        let isBuy = signal.direction == "BUY"
        let price = instrument.price
        let (outcome, exit): (String, Double)
        if isBuy ? price >= signal.target : price <= signal.target {
            (outcome, exit) = ("WIN", signal.target)
        } else if isBuy ? price <= signal.stop : price >= signal.stop {
            (outcome, exit) = ("LOSS", signal.stop)
        } else if now - signal.openedAt >= self.timeout {
            (outcome, exit) = ("TIMEOUT", Self.round(price, instrument.digits))
        } else {
            return nil
        }
        let pips = (exit - signal.entry) / instrument.pip * (isBuy ? 1 : -1)
        return Ending(signal: signal, outcome: outcome, pips: Self.round(pips, 1), exit: exit)
    }

    /// The JSON of an ending, in the form of the engine's tracker.
    static func outcome(_ ending: Ending, at now: Int) -> [UInt8] {
        var json = JSONWriter()
        json.field("signal_id", ending.signal.signalID)
        json.field("symbol", ending.signal.symbol)
        json.field("direction", ending.signal.direction)
        json.field("pattern_type", ending.signal.pattern)
        json.field("confidence", ending.signal.confidence)
        json.field("outcome", ending.outcome)
        json.field("pips_result", ending.pips)
        json.field("exit_price", ending.exit)
        json.field("resolution_time", Self.timestamp(now))
        return json.finish()
    }

    /// Reads back what ``signal(at:)`` wrote; nil for signals of other engines.
    static func openSignal(_ event: some Sequence<UInt8>, openedAt: Int) -> OpenSignal? {
        guard let json = try? JSONValue(parsing: event), let name = json["signal_id"]?.string, name.hasPrefix("ELITE_"),
            let symbol = json["symbol"]?.string, let direction = json["direction"]?.string,
            let entry = json["entry_price"]?.double, let stop = json["stop_loss"]?.double,
            let target = json["take_profit"]?.double, let stopPips = json["stop_pips"]?.double
        else { return nil }
        return OpenSignal(
            signalID: name, symbol: symbol, direction: direction, pattern: json["pattern_type"]?.string ?? "",
            confidence: json["confidence"]?.double ?? 0, entry: entry, stop: stop, target: target, stopPips: stopPips,
            openedAt: openedAt)
    }

    private static func session(hour: Int) -> String {
        switch hour {
        case 0..<7: "TOKYO"
        case 7..<12: "LONDON"
        case 12..<16: "LONDON_NY"
        case 16..<20: "NEWYORK"
        default: "LATE_NY"
        }
    }

    /// Python's form: `2026-11-22T10:07:03.123000+00:00`.
    private static func timestamp(_ milliseconds: Int) -> String {
        Timestamp(milliseconds: Int64(milliseconds)).rfc3339.dropLast() + "000+00:00"
    }

    private static func round(_ value: Double, _ digits: Int) -> Double {
        let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
        return (value * scale).rounded() / scale
    }

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self.random) }
    private mutating func within(_ range: ClosedRange<Double>) -> Double {
        Double.random(in: range, using: &self.random)
    }
    /// About normal: the sum of twelve uniform numbers (Irwin–Hall).
    private mutating func normal() -> Double {
        (0..<12).reduce(-6.0) { sum, _ in sum + self.within(0...1) }
    }
}
