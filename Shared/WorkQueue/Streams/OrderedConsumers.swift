public import ServiceLifecycle

/// Consumers of several streams as one service: they stop together. A list of services stops one after the other, and
/// their blocking reads in a row would outlast the time that a shutdown has.
public struct OrderedConsumers: Service {
    private let consumers: [OrderedConsumer]

    public init(_ consumers: [OrderedConsumer]) {
        self.consumers = consumers
    }

    public func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for consumer in self.consumers {
                group.addTask { try await consumer.run() }
            }
            try await group.waitForAll()
        }
    }
}
