import Domain
import Redis

/// Which trade each `signal_id` names. A source that uses one for two trades would otherwise lose the second without a word,
/// and have the result of the one shown on the card of the other.
struct SignalRegister: Sendable {
    /// As long as chat takes what comes under the same id for the same signal.
    static let rememberedFor: Duration = .seconds(7 * 86_400)

    /// What is known of the trades under one id.
    struct Trades: Equatable {
        /// The one whose card it is; nil when its signal has not come, or long ago.
        var first: String?
        /// Another one that was refused.
        var other: String?
    }

    let redis: RedisClient

    private static let counting = RedisScript(name: "count_outcome", source: PackageResources.count_outcome_lua)
    private static let claiming = RedisScript(name: "claim_signal", source: PackageResources.claim_signal_lua)

    /// What a signal is, beside its id: the same under the same id is a repeat.
    static func trade(_ signal: TradingSignal) -> String { "\(signal.symbol.normal) \(signal.side.rawValue)" }

    /// Claims the ids of some signals, in order.
    ///
    /// - Returns: Of each the trade that has its id: its own, or another's that came first.
    func claim(_ signals: [TradingSignal]) async throws(RedisError) -> [String] {
        let calls = signals.map { signal in
            RedisScript.Call(
                Self.claiming, keys: [IntegrationKeys.signal(signal.signalID)],
                arguments: [
                    RedisArgument(Self.trade(signal)), RedisArgument(Int(Self.rememberedFor.components.seconds)),
                ])
        }
        guard !calls.isEmpty else { return [] }
        var trades: [String] = []
        for reply in try await self.redis.evaluate(calls) {
            guard let trade = try reply.get().string else { throw .unexpectedReply("claim_signal") }
            trades.append(trade)
        }
        return trades
    }

    /// Counts how often each of some results became the newest of its signal, in order; one that is read again counts
    /// as it did.
    func count(
        _ results: [(signal: SignalID, digest: String, entry: StreamID)]
    ) async throws(RedisError) -> [Int] {
        let calls = results.map { result in
            RedisScript.Call(
                Self.counting, keys: [IntegrationKeys.results(result.signal)],
                arguments: [
                    RedisArgument(result.digest), RedisArgument("\(result.entry)"),
                    RedisArgument(Int(Self.rememberedFor.components.seconds)),
                ])
        }
        guard !calls.isEmpty else { return [] }
        var times: [Int] = []
        for reply in try await self.redis.evaluate(calls) {
            guard let number = try reply.get().int else { throw .unexpectedReply("count_outcome") }
            times.append(number)
        }
        return times
    }

    /// What is known of the trades of some ids.
    func trades(of signals: [SignalID]) async throws(RedisError) -> [SignalID: Trades] {
        var known: [SignalID: Trades] = [:]
        let replies = try await self.redis.pipeline(
            signals.map { RedisCommand("HMGET", RedisArgument(IntegrationKeys.signal($0)), "trade", "other") })
        for (signal, reply) in zip(signals, replies) {
            // A key that holds something else says nothing.
            let values = (try? reply.get())?.array?.map(\.string) ?? []
            known[signal] = Trades(first: values.first ?? nil, other: values.last ?? nil)
        }
        return known
    }
}
