import ServiceLifecycle

/// A service of which a quiet end is an error, unless the process is shutting down.
struct SupervisedService: Service {
    let service: any Service

    func run() async throws {
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
