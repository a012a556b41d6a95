import Logging
import ServiceLifecycle

/// A service of which a quiet end is an error, unless the process is shutting down.
struct SupervisedService: Service {
    let service: any Service
    let logger: Logger

    func run() async throws {
        // A shutdown that hangs is found by the last of these lines that is missing.
        defer { self.logger.debug("service ended", metadata: ["type": "\(type(of: self.service))"]) }
        try await self.service.run()
        guard !Task.isShuttingDownGracefully, !Task.isCancelled else { return }
        throw StartError("\(type(of: self.service)) ended unasked")
    }
}

/// The last of the list, so the first to hear of a shutdown.
struct DrainSwitch: Service {
    let start: @Sendable () -> Void

    func run() async throws {
        try? await gracefulShutdown()
        self.start()
    }
}
