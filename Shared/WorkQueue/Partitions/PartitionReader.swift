public import Logging
public import Redis

/// Applies the entries of one leased partition: by cursor, in order, a batch in one pipeline. What only asks is answered
/// beside it.
///
/// There is no consumer group, because a frozen process that wakes would have taken an entry nobody else sees. Each
/// script expects the cursor its predecessor leaves: where one fails, all after it refuse, and work goes on there.
public struct PartitionReader: Sendable {
    private let lease: PartitionLease
    private let names: PartitionNames
    private let redis: RedisClient
    private let handler: any PartitionHandler
    private let logger: Logger

    public init(
        lease: PartitionLease, names: PartitionNames, redis: RedisClient, handler: any PartitionHandler, logger: Logger
    ) {
        self.lease = lease
        self.names = names
        self.redis = redis
        self.handler = handler
        self.logger = logger
    }

    /// Works until the lease ends.
    public func run() async {
        let outage = OutageLog(
            "a partition waits", metadata: ["partition": "\(self.lease.partition)"], logger: self.logger)
        var failures = 0
        var reached = StreamID.zero
        while self.lease.isWanted {
            do {
                try await self.work(after: &reached) {
                    failures = 0
                    outage.succeeded()
                }
            } catch {
                failures += 1
                outage.failed(error)
            }
            if self.lease.isWanted { try? await Task.sleep(for: .milliseconds(min(50 * (failures + 1), 500))) }
        }
    }

    /// Opens the partition and works on it until the lease or one of the connections ends.
    ///
    /// - Parameter reached: The last entry that was applied under this lease.
    private func work(after reached: inout StreamID, _ succeeded: () -> Void) async throws {
        let stream = self.names.entries(self.lease.partition)
        let writing = try await self.redis.connection(for: stream, within: .seconds(1))
        // Each of its own: a blocking read keeps everything behind it waiting, and answers must not wait for a pipeline.
        let reading = try await self.redis.dedicated(for: stream)
        let answering: RedisConnection
        do { answering = try await self.redis.dedicated(for: stream) } catch {
            await reading.close()
            throw error
        }
        do {
            if reading.runID == writing.runID, answering.runID == writing.runID {
                let fence = PartitionFence(
                    partition: self.lease.partition, token: self.lease.token, runID: writing.runID)
                let cursor = try await self.handler.open(fence, reached: reached, writing)
                reached = cursor
                var session = PartitionSession(
                    lease: self.lease, stream: stream, fence: fence, handler: self.handler, writing: writing,
                    reading: reading, answering: answering, cursor: cursor)
                try await session.run { cursor in
                    reached = cursor
                    succeeded()
                }
            }
        } catch {
            await reading.close()
            await answering.close()
            throw error
        }
        await reading.close()
        await answering.close()
    }
}
