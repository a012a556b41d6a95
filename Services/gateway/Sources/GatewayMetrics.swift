import Metrics

/// Counters that are of no one event loop.
enum GatewayMetrics {
    /// Sockets closed with 1013.
    static let slowReaders = Counter(label: "squadchat_gateway_slow_readers_total")
    static let signIns = Counter(label: "squadchat_gateway_sign_ins_total")
    static let signInsRefused = Counter(label: "squadchat_gateway_sign_ins_refused_total")
}
