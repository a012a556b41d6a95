import Domain
import Redis
import WireContract

/// A signal that made sense, and the JSON that browsers will get of it.
struct DecodedSignal {
    let signal: TradingSignal
    /// It is no news any more, or not known to be.
    let isStale: Bool
    /// Tiers that may see it, upper-cased; empty when the engine names none.
    let tiers: Set<String>
    /// `signal_data`: our names first, numbers as numbers, then every field of the engine that we do not know.
    let json: [UInt8]
}

/// Reads the engine's signals tolerantly: other names, numbers written as text, missing extras. What cannot be a trade
/// is refused with the reason.
enum SignalDecoder {
    enum Answer {
        case signal(DecodedSignal)
        /// The engine's own diagnostics: nobody's business, and no fault.
        case skipped(reason: String)
    }

    /// - Parameter isStale: Told the moment of the signal and of its end; true marks the JSON `stale`. So does a moment that is
    ///   there and cannot be read: it is not known to be news.
    static func decode(
        _ entry: StreamEntry, isStale: (TradingSignal) -> Bool = { _ in false }
    ) throws(EngineRefusal) -> Answer {
        let document = try EngineDocument(entry)
        let pattern = try EngineDocument.text(document["pattern_type", "pattern"])
        if try EngineDocument.text(document["signal_type"])?.uppercased() == "DIAG_ONLY" {
            return .skipped(reason: "signal_type DIAG_ONLY")
        }
        if pattern?.uppercased().hasPrefix("DIAG_") == true { return .skipped(reason: "pattern_type DIAG_…") }

        if let reason = try EntryOrExit.reasonToSkip(document) { return .skipped(reason: reason) }

        let fields = try SignalFields(document, pattern: pattern, arrivedAt: entry.id)
        let signal = try fields.signal()
        let isOld = fields.hasUnreadableTime || isStale(signal)
        let json = fields.json(of: signal, isStale: isOld, keeping: document)
        // Our names beside the engine's make it grow: refused here it has a reason that names the engine's entry.
        guard json.count <= ChatCommand.largestSignal else {
            throw EngineRefusal("\(json.count) bytes for chat are more than the \(ChatCommand.largestSignal) it takes")
        }
        return .signal(DecodedSignal(signal: signal, isStale: isOld, tiers: try Self.tiers(document), json: json))
    }

    private static func tiers(_ document: EngineDocument) throws(EngineRefusal) -> Set<String> {
        var tiers: Set<String> = []
        if let required = try EngineDocument.text(document["tier_required", "tier"]) {
            tiers.insert(required.uppercased())
        }
        if let allowed = document["tiers_allowed"] {
            if let elements = try? allowed.value.elements() {
                tiers.formUnion(elements.compactMap { $0.string?.uppercased() })
            } else if let text = allowed.value.string {
                tiers.formUnion(text.split(separator: ",").map { $0.filter { $0 != " " }.uppercased() })
            }
        }
        return tiers
    }
}

extension TradeSide {
    /// By the words of engines; nil for any other.
    init?(engine word: String) {
        switch word.uppercased() {
        case "BUY", "LONG": self = .buy
        case "SELL", "SHORT": self = .sell
        default: return nil
        }
    }
}

/// The fields of a signal that we know, under whichever name they came.
private struct SignalFields {
    let name: String?
    let symbol: TradeSymbol
    let side: TradeSide
    let confidence: EngineNumber
    let entry: EngineNumber
    let stop: EngineNumber?
    let target: EngineNumber?
    let riskReward: EngineNumber?
    let signalClass: SignalClass?
    let pattern: String?
    let session: String?
    let issued: EngineTime
    let expires: EngineTime
    let issuedAt: Timestamp
    let signalID: SignalID

    init(_ document: EngineDocument, pattern: String?, arrivedAt: StreamID) throws(EngineRefusal) {
        let name = try EngineDocument.text(document["signal_id"])
        self.name = name
        let symbol = try document.agreed(["symbol", "pair"], Self.symbol) { $0.normal == $1.normal }
        guard let symbol else { throw document.missing("symbol", "pair") }
        self.symbol = symbol
        // `action` and `order_side` are no names of ours for it, but may contradict it.
        _ = try document.agreed(["direction", "side", "action", "order_side"], Self.direction) { $0 == $1 }
        guard let direction = try EngineDocument.text(document["direction", "side"]) else {
            throw document.missing("direction", "side")
        }
        guard let side = TradeSide(engine: direction) else {
            throw EngineRefusal("direction is “\(direction.prefix(40))”, neither BUY nor SELL")
        }
        self.side = side
        guard let confidence = try document.number("tcs", "tcs_score", "confidence") else {
            throw document.missing("confidence", "tcs", "tcs_score")
        }
        let scale = try EngineDocument.text(document["confidence_scale"])?.lowercased()
        let isFraction = ["fraction", "0-1", "0..1"].contains(scale)
        self.confidence = isFraction ? confidence.percent ?? confidence : confidence
        guard let entry = try document.number("entry_price", "entry") else {
            throw document.missing("entry_price", "entry")
        }
        self.entry = entry
        self.stop = try document.optionalNumber("stop_loss", "sl")
        self.target = try document.optionalNumber("take_profit", "tp")
        self.riskReward = try document.optionalNumber("risk_reward")
        self.pattern = pattern
        self.session = try EngineDocument.text(document["session"])
        let className = try EngineDocument.text(document["signal_class", "pattern_class"])
        self.signalClass =
            className.flatMap { SignalClass(rawValue: $0.uppercased()) }
            ?? SignalClass.allCases.first { name?.uppercased().contains("_\($0.rawValue)_") == true }
        self.issued = EngineTime(
            document, "timestamp", "time", "datetime", "created_at", "open_date", "generated_at")
        self.expires = EngineTime(document["expires_at"])
        let written = self.issued.moment
        let arrival = Timestamp(milliseconds: Int64(clamping: arrivedAt.milliseconds))
        // One that came after its end was made before it: an ended signal, not one that contradicts itself.
        self.issuedAt = written ?? min(arrival, self.expires.moment?.advanced(by: .milliseconds(-1)) ?? arrival)
        let identifier =
            if let name { SignalName.identifier(name) } else {
                SignalName.derived(
                    symbol: self.symbol.normal, direction: self.side.rawValue, entry: self.entry.digits,
                    moment: written?.rfc3339 ?? "\(arrivedAt)")
            }
        guard let identifier else { throw EngineRefusal("signal_id cannot be an identifier") }
        self.signalID = identifier
    }

    private static func symbol(_ field: EngineDocument.Field?) throws(EngineRefusal) -> TradeSymbol? {
        guard let text = try EngineDocument.text(field) else { return nil }
        do { return try TradeSymbol(text) } catch { throw EngineRefusal("\(error)") }
    }

    /// Nil for words that are none of ours: whoever needs one refuses them.
    private static func direction(_ field: EngineDocument.Field?) throws(EngineRefusal) -> TradeSide? {
        try EngineDocument.text(field).flatMap { TradeSide(engine: $0) }
    }

    var hasUnreadableTime: Bool { self.issued.unreadable != nil || self.expires.unreadable != nil }

    func signal() throws(EngineRefusal) -> TradingSignal {
        do {
            return try TradingSignal(
                signalID: self.signalID, symbol: self.symbol, side: self.side, confidence: self.confidence.value,
                entry: self.entry.value, stop: self.stop?.value, target: self.target?.value,
                riskReward: self.riskReward?.value, signalClass: self.signalClass, pattern: self.pattern,
                session: self.session, issuedAt: self.issuedAt, expiresAt: self.expires.moment)
        } catch {
            throw EngineRefusal("\(error)")
        }
    }

    func json(of signal: TradingSignal, isStale: Bool, keeping document: EngineDocument) -> [UInt8] {
        SignalPayload(
            signalID: signal.signalID.rawValue, symbol: signal.symbol.written, direction: signal.side.rawValue,
            confidence: self.confidence.digits, entryPrice: self.entry.digits, stopLoss: self.stop?.digits,
            takeProfit: self.target?.digits, entryPriceText: self.entry.text, stopLossText: self.stop?.text,
            takeProfitText: self.target?.text,
            riskReward: self.riskReward?.digits
                ?? signal.riskReward.map { ($0 * 100).rounded() / 100 }.flatMap { $0.isFinite ? "\($0)" : nil },
            signalClass: signal.signalClass?.rawValue, patternType: signal.pattern, session: signal.session,
            timestamp: signal.issuedAt.rfc3339, expiresAt: signal.expiresAt?.rfc3339, isStale: isStale,
            engineSignalID: self.name == signal.signalID.rawValue ? nil : self.name,
            engineTimestamp: self.issued.unreadable, engineExpiresAt: self.expires.unreadable
        ).encoded(with: document.fields)
    }
}
