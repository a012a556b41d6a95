internal import Redis

/// The connections of ``LeaseKeeper``, asked for by key: of its own, so that no long reply delays a renewal. One server
/// holds every key today; what a cluster changes, a connection to each of its masters, it changes here.
struct LeaseConnections {
    private let process: String
    private let names: PartitionNames
    private let redis: RedisClient
    private var connection: RedisConnection?
    private var number = 0

    init(process: String, names: PartitionNames, redis: RedisClient) {
        self.process = process
        self.names = names
        self.redis = redis
    }

    /// Connects where there is no connection.
    ///
    /// - Returns: Whether one is new: the leases still name the one before it.
    mutating func open() async throws(RedisError) -> Bool {
        if let connection = self.connection, connection.isActive { return false }
        let connection = try await self.redis.dedicated(for: self.names.processes)
        self.connection = connection
        self.number = try await connection.send(RedisCommand("CLIENT", "ID")).int ?? 0
        return true
    }

    mutating func close() async {
        if let connection = self.connection { await connection.close() }
        self.connection = nil
    }

    /// To the server that holds `key`.
    func connection(for key: String) throws(RedisError) -> RedisConnection {
        guard let connection = self.connection else { throw .notConnected }
        return connection
    }

    /// What a partition's state says of its holder: this process, a space, the number of its connection to the server of
    /// that state.
    func holder(of partition: Int) -> String { "\(self.process) \(self.number)" }

    /// Runs one script for each partition, each where the partition's state is.
    ///
    /// - Parameter call: For the name of a partition's state.
    func evaluate(
        of partitions: [Int], _ call: (_ state: String) -> RedisScript.Call
    ) async throws(RedisError) -> [Result<RedisValue, RedisError>] {
        guard let first = partitions.first else { return [] }
        return try await self.connection(for: self.names.state(first)).evaluate(
            partitions.map { call(self.names.state($0)) })
    }

    /// The same for leases that are ours, or are to be.
    func evaluate(
        of leases: [PartitionLease], _ call: (PartitionLease, _ state: String) -> RedisScript.Call
    ) async throws(RedisError) -> [Result<RedisValue, RedisError>] {
        guard let first = leases.first else { return [] }
        return try await self.connection(for: self.names.state(first.partition)).evaluate(
            leases.map { call($0, self.names.state($0.partition)) })
    }

    /// The numbers of those holders' connections that are there; nil where Redis does not say who is connected (no right
    /// to CLIENT LIST).
    func living(among leases: [LeaseHolders.Lease]) async -> Set<String>? {
        let numbers = Set(leases.map(\.connection).filter { Int($0) != nil })
        guard !numbers.isEmpty, let lease = leases.first,
            let connection = try? self.connection(for: self.names.state(lease.partition))
        else { return nil }
        let words: [RedisArgument] = ["CLIENT", "LIST", "ID"] + numbers.sorted().map { RedisArgument($0) }
        // A line each, which begins with `id=7 `.
        return (try? await connection.send(RedisCommand(words)))?.string.map { list in
            Set(
                list.split(separator: "\n").compactMap { $0.split(separator: " ").first?.dropFirst(3) }
                    .map(String.init))
        }
    }
}
