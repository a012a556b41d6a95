public import JSON

/// A trading signal under the names that everybody inside the suite reads: `signal_data` of a message and of a
/// notification.
///
/// Engines name and write these fields in many ways; integration turns them into this form at its door, and nobody
/// behind it looks for another name. Numbers keep the digits they came with: a price of 1.10 is not 1.1 to a reader.
public struct SignalPayload: Sendable {
    public var signalID: String
    /// The instrument, as its source writes it. Written twice, as `pair` and as `symbol`: the original page reads either.
    public var symbol: String
    /// `BUY` or `SELL`.
    public var direction: String
    /// The engine's confidence from 0 to 100, a JSON number.
    public var confidence: String
    /// Prices, JSON numbers.
    public var entryPrice: String
    public var stopLoss: String?
    public var takeProfit: String?
    /// The same as they are to be shown, where the number alone would not say it (a last zero); absent without.
    public var entryPriceText: String?
    public var stopLossText: String?
    public var takeProfitText: String?
    /// A JSON number; nil when it can neither be read nor computed.
    public var riskReward: String?
    public var signalClass: String?
    public var patternType: String?
    public var session: String?
    /// When the engine issued it: RFC 3339, UTC, milliseconds.
    public var timestamp: String
    /// When it ends; the field is absent without.
    public var expiresAt: String?
    /// Whether it was too old to act on when it was read.
    public var isStale: Bool
    /// The engine's own name where that cannot be an identifier.
    public var engineSignalID: String?
    /// What the engine said of its moments where that cannot be read; such a signal is ``isStale``.
    public var engineTimestamp: JSONValue?
    public var engineExpiresAt: JSONValue?

    /// The names that this type writes: what an engine says under them has gone into it.
    public static let names: Set<String> = [
        "signal_id", "pair", "symbol", "direction", "tcs", "entry_price", "stop_loss", "take_profit",
        "entry_price_text",
        "stop_loss_text", "take_profit_text", "risk_reward", "signal_class", "pattern_type", "session", "timestamp",
        "expires_at", "stale", "engine_signal_id",
        "engine_timestamp", "engine_expires_at",
    ]

    public init(
        signalID: String, symbol: String, direction: String, confidence: String, entryPrice: String,
        stopLoss: String? = nil, takeProfit: String? = nil, entryPriceText: String? = nil, stopLossText: String? = nil,
        takeProfitText: String? = nil, riskReward: String? = nil, signalClass: String? = nil,
        patternType: String? = nil, session: String? = nil, timestamp: String, expiresAt: String? = nil,
        isStale: Bool = false, engineSignalID: String? = nil, engineTimestamp: JSONValue? = nil,
        engineExpiresAt: JSONValue? = nil
    ) {
        self.signalID = signalID
        self.symbol = symbol
        self.direction = direction
        self.confidence = confidence
        self.entryPrice = entryPrice
        self.stopLoss = stopLoss
        self.takeProfit = takeProfit
        self.entryPriceText = entryPriceText
        self.stopLossText = stopLossText
        self.takeProfitText = takeProfitText
        self.riskReward = riskReward
        self.signalClass = signalClass
        self.patternType = patternType
        self.session = session
        self.timestamp = timestamp
        self.expiresAt = expiresAt
        self.isStale = isStale
        self.engineSignalID = engineSignalID
        self.engineTimestamp = engineTimestamp
        self.engineExpiresAt = engineExpiresAt
    }

    /// - Parameter others: The engine's further fields, in order; those under a name of ours are left out.
    public func encoded(with others: [(name: String, value: JSONValue)] = []) -> [UInt8] {
        var json = JSONWriter(capacity: 1_024)
        json.field("signal_id", self.signalID)
        json.field("pair", self.symbol)
        json.field("symbol", self.symbol)
        json.field("direction", self.direction)
        json.field("tcs", raw: self.confidence.utf8)
        json.field("entry_price", raw: self.entryPrice.utf8)
        json.field("stop_loss", raw: (self.stopLoss ?? "null").utf8)
        json.field("take_profit", raw: (self.takeProfit ?? "null").utf8)
        if let entryPriceText { json.field("entry_price_text", entryPriceText) }
        if let stopLossText { json.field("stop_loss_text", stopLossText) }
        if let takeProfitText { json.field("take_profit_text", takeProfitText) }
        json.field("risk_reward", raw: (self.riskReward ?? "null").utf8)
        json.field("signal_class", self.signalClass)
        json.field("pattern_type", self.patternType)
        json.field("session", self.session)
        json.field("timestamp", self.timestamp)
        if let expiresAt { json.field("expires_at", expiresAt) }
        if self.isStale { json.field("stale", true) }
        if let engineSignalID { json.field("engine_signal_id", engineSignalID) }
        if let engineTimestamp { json.field("engine_timestamp", raw: JSONWriter.compact(engineTimestamp)) }
        if let engineExpiresAt { json.field("engine_expires_at", raw: JSONWriter.compact(engineExpiresAt)) }
        for (name, value) in others where !Self.names.contains(name) {
            json.field(name, raw: JSONWriter.compact(value))
        }
        return json.finish()
    }
}

/// What became of a signal, as integration tells chat; without `signal_id` it is `outcome` in the signal's message.
public struct OutcomePayload: Sendable, Equatable {
    public var signalID: String
    /// The trade that it speaks of, where its source says so: chat compares it with the signal's, and keeps it not.
    public var symbol: String?
    public var direction: String?
    /// `WIN`, `LOSS`, `TIMEOUT` or `PENDING`.
    public var outcome: String
    /// A JSON number.
    public var pipsResult: String?
    /// A JSON number.
    public var exitPrice: String?
    /// The same as it is to be shown, where the number alone would not say it; absent without.
    public var exitPriceText: String?
    /// RFC 3339, UTC, milliseconds.
    public var resolvedAt: String?

    public init(
        signalID: String, symbol: String? = nil, direction: String? = nil, outcome: String, pipsResult: String? = nil,
        exitPrice: String? = nil,
        exitPriceText: String? = nil, resolvedAt: String? = nil
    ) {
        self.signalID = signalID
        self.symbol = symbol
        self.direction = direction
        self.outcome = outcome
        self.pipsResult = pipsResult
        self.exitPrice = exitPrice
        self.exitPriceText = exitPriceText
        self.resolvedAt = resolvedAt
    }

    /// The same for the same result, whenever it comes.
    public var encoded: [UInt8] {
        var json = JSONWriter()
        json.field("signal_id", self.signalID)
        if let symbol { json.field("symbol", symbol) }
        if let direction { json.field("direction", direction) }
        json.field("outcome", self.outcome)
        json.field("pips_result", raw: (self.pipsResult ?? "null").utf8)
        json.field("exit_price", raw: (self.exitPrice ?? "null").utf8)
        if let exitPriceText { json.field("exit_price_text", exitPriceText) }
        json.field("resolved_at", self.resolvedAt)
        return json.finish()
    }
}
