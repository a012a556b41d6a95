import Domain

/// Every Redis key that integration owns, its type beside it; what crosses service borders is in `RedisNames`.
enum IntegrationKeys {
    /// Refused entries of the engine's streams and of the user feed, with the reason (stream).
    static let deadLetters = "sc:{integration}:dead"
    /// Signals replayed from the dead letters (stream). Not the engine's own stream: others read that too and would
    /// alert a second time.
    static let replayedSignals = "sc:{integration}:signals"
    /// Outcomes replayed from the dead letters (stream).
    static let replayedOutcomes = "sc:{integration}:outcomes"

    /// Signals that were trimmed before they were taken: what was known of it at the last look, and the sum (hash).
    static let lostSignals = "sc:{integration}:lost_signals"

    /// Which trade this id names (hash with lifetime).
    static func signal(_ id: SignalID) -> String { "sc:{integration}:signal:\(id.rawValue)" }

    /// Which results it had, in what order (hash with lifetime).
    static func results(_ id: SignalID) -> String { "sc:{integration}:results:\(id.rawValue)" }

    /// Who consumes `stream` now (string with lifetime).
    static func lease(_ stream: String) -> String { "sc:{integration}:lease:\(stream)" }
}
