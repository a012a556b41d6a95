import Logging
import ServiceLifecycle

/// Starts its services once a gate has opened, and is over when they are: nothing of a second process takes effect
/// before it is known that its port is free.
struct GatedServices: Service {
    let services: [any Service]
    /// Gives an element when the services may start, and ends when they never may.
    let gate: AsyncStream<Void>
    let logger: Logger

    func run() async throws {
        var opened = false
        for await _ in self.gate.cancelOnGracefulShutdown() {
            opened = true
            break
        }
        guard opened else { return }
        try await ServiceGroup(configuration: Self.configuration(self.services, logger: self.logger)).run()
    }

    /// Services that end together: when one fails, the others finish what they have, in reverse order.
    static func configuration(_ services: [any Service], logger: Logger) -> ServiceGroupConfiguration {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .error)
        return ServiceGroupConfiguration(
            services: services.map { service in
                .init(
                    service: SupervisedService(service: service, logger: logger),
                    successTerminationBehavior: .ignore,
                    failureTerminationBehavior: .gracefullyShutdownGroup,
                    serviceName: "\(type(of: service))")
            },
            logger: quiet)
    }
}
