import ServiceLifecycle
import WorkQueue

/// The readers of all partitions as one service: they stop together. A list of services stops one after the other,
/// and sixteen blocking reads in a row would outlast the time that a shutdown has.
struct OutboxReaders: Service {
    let readers: [OrderedConsumer]

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for reader in self.readers {
                group.addTask { try await reader.run() }
            }
            try await group.waitForAll()
        }
    }
}
