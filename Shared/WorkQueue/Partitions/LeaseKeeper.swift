internal import Logging
internal import NIOCore
internal import Redis

/// The traffic of ``PartitionLeases``.
struct LeaseKeeper {
    let process: String
    let names: PartitionNames
    let timing: PartitionLeases.Timing
    private let faults: KeyFaults
    private var connections: LeaseConnections
    private var others: LeaseHolders
    private var renewedAt: ContinuousClock.Instant?
    private var liveProcesses = 1
    /// When the first lease of another runs out unless it is renewed: the moment to look again.
    private(set) var untilNextExpiry = Duration.seconds(3_600)

    init(process: String, names: PartitionNames, redis: RedisClient, timing: PartitionLeases.Timing, logger: Logger) {
        self.process = process
        self.names = names
        self.connections = LeaseConnections(process: process, names: names, redis: redis)
        self.timing = timing
        self.faults = KeyFaults(logger: logger)
        self.others = LeaseHolders(patience: timing.attempt * 2)
    }

    /// What this process may hold.
    private var share: Int { (self.names.count + self.liveProcesses - 1) / max(1, self.liveProcesses) }

    /// Renews what is due, ends what was lost or is too much, and takes what is free.
    ///
    /// - Returns: The leases that were taken.
    mutating func tick(_ held: [Int: PartitionLease], isEnding: Bool) async throws(RedisError) -> [PartitionLease] {
        do throws(RedisError) {
            if try await self.connections.open() { self.renewedAt = nil }
            let now = ContinuousClock.now
            if !isEnding { try await self.count() }
            if self.renewedAt.map({ now - $0 >= self.timing.renewal }) ?? true {
                self.renewedAt = now
                try await self.renew(held)
            }
            return isEnding ? [] : try await self.take(beside: held)
        } catch {
            await self.connections.close()
            throw error
        }
    }

    /// Takes this process off the list of the live ones.
    mutating func leave() async {
        if (try? await self.connections.open()) != nil {
            _ = try? await self.connections.connection(for: self.names.processes).send(
                RedisCommand("ZREM", RedisArgument(self.names.processes), RedisArgument(self.process)))
        }
        await self.connections.close()
    }

    /// Every time and not only at renewals: what a dead process leaves is to be taken at once.
    private mutating func count() async throws(RedisError) {
        let count = CountProcesses(
            processes: self.names.processes, name: self.process, timeout: self.timing.processTimeout)
        let reply = try await self.connections.connection(for: self.names.processes).evaluate([count.call])
        self.liveProcesses = max(1, try reply[0].get().int ?? 1)
    }

    private mutating func renew(_ held: [Int: PartitionLease]) async throws(RedisError) {
        let leases = held.values.sorted { $0.partition < $1.partition }
        let results = try await self.connections.evaluate(of: leases) { lease, state in
            RenewLease(
                state: state, token: lease.token, lifetime: self.timing.lifetime,
                holder: self.connections.holder(of: lease.partition)
            ).call
        }
        for (lease, result) in zip(leases, results) {
            let isOurs = try self.faults.value(of: result, self.names.state(lease.partition))?.int == 1
            if !isOurs { lease.end() }
        }
        let surplus = leases.filter(\.isWanted).count - self.share
        if surplus > 0 { for lease in leases.filter(\.isWanted).suffix(surplus) { lease.end() } }
    }

    /// Looks for partitions that nobody holds, or whose holder is gone, and takes as many as this process's share
    /// allows.
    private mutating func take(
        beside held: [Int: PartitionLease]
    ) async throws(RedisError) -> [PartitionLease] {
        self.untilNextExpiry = .seconds(3_600)
        guard self.share > held.count else { return [] }
        let (unheld, taken) = try await self.look(beside: held)
        let living = await self.connections.living(among: taken)
        let gone = self.others.gone(among: taken, living: living, now: .now)
        try await self.forget(Set(gone.map(\.process)))
        let goneTokens = Dictionary(gone.map { ($0.partition, $0.token) }) { first, _ in first }
        // In random order, so that two processes that start together do not always try the same.
        let wanted = (unheld + gone.map(\.partition)).shuffled().prefix(self.share - held.count)
        let leases = wanted.map { PartitionLease(partition: $0, token: PartitionLease.randomToken()) }
        let results = try await self.connections.evaluate(of: leases) { lease, state in
            AcquireLease(
                state: state, token: lease.token, lifetime: self.timing.lifetime,
                holder: self.connections.holder(of: lease.partition), gone: goneTokens[lease.partition] ?? ""
            ).call
        }
        return zip(leases, results).compactMap { lease, result in
            if case .success(let value) = result, value.int == 1 { lease } else { nil }
        }
    }

    /// The partitions that nobody holds, and the leases of others. One whose state cannot be read is neither.
    private mutating func look(
        beside held: [Int: PartitionLease]
    ) async throws(RedisError) -> (unheld: [Int], taken: [LeaseHolders.Lease]) {
        let others = (0..<self.names.count).filter { held[$0] == nil }
        // The scripts say how much is left: no clock of another server, and none of ours, has a part in it.
        let replies = try await self.connections.evaluate(of: others) { LookAtLease(state: $0).call }
        var unheld: [Int] = []
        var taken: [LeaseHolders.Lease] = []
        var soonest = 3_600_000
        for (partition, reply) in zip(others, replies) {
            guard let state = try self.faults.value(of: reply, self.names.state(partition)) else { continue }
            guard let fields = state.array, fields.count == 3, let token = fields[0].string, let left = fields[1].int
            else {
                unheld.append(partition)
                continue
            }
            soonest = min(soonest, left + 1)
            taken.append(LeaseHolders.Lease(partition: partition, token: token, holder: fields[2].string ?? ""))
        }
        self.untilNextExpiry = .milliseconds(soonest)
        return (unheld, taken)
    }

    /// Counts processes that are gone no longer, so that the share of the others grows at once.
    private mutating func forget(_ processes: Set<String>) async throws(RedisError) {
        guard !processes.isEmpty else { return }
        let words: [RedisArgument] = ["ZREM", RedisArgument(self.names.processes)]
        let removed = try await self.connections.connection(for: self.names.processes).send(
            RedisCommand(words + processes.sorted().map { RedisArgument($0) }))
        self.liveProcesses = max(1, self.liveProcesses - (removed.int ?? 0))
    }
}
