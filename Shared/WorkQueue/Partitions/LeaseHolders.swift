/// Which holders of leases are gone: their connection to Redis has ended, as it does at once when a process is killed.
///
/// A lease alone lets a partition stand still for its whole lifetime after its holder died. A holder that only lost its
/// connection is back within a try, so one look is not enough. Declaring a live one gone does no harm beyond a
/// hand-over: its scripts are refused by the token.
struct LeaseHolders {
    /// One lease of another process.
    struct Lease {
        let partition: Int
        let token: String
        /// As in the partition's state: the process's name, a space, the number of its connection.
        let holder: String

        var process: String { String(self.holder.prefix { $0 != " " }) }
        var connection: String { String(self.holder.drop { $0 != " " }.dropFirst()) }
    }

    /// For how long a holder must be without its connection.
    let patience: Duration
    private var missingSince: [String: ContinuousClock.Instant] = [:]

    init(patience: Duration) {
        self.patience = patience
    }

    /// The leases whose holders are gone.
    ///
    /// - Parameter living: The numbers of the connections that are there; nil when nobody knows: then a lease ends with its
    ///   lifetime.
    mutating func gone(among leases: [Lease], living: Set<String>?, now: ContinuousClock.Instant) -> [Lease] {
        guard let living else { return [] }
        let missing = leases.filter { Int($0.connection) != nil && !living.contains($0.connection) }
        self.missingSince = Dictionary(
            missing.map { ($0.holder, self.missingSince[$0.holder] ?? now) }, uniquingKeysWith: { first, _ in first })
        return missing.filter { now - (self.missingSince[$0.holder] ?? now) >= self.patience }
    }
}
