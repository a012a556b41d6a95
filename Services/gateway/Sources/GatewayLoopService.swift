import Logging
import NIOCore
import Redis
import ServiceLifecycle

/// Runs one event loop's part of the gateway: its timers while the gateway works, its last commands when it goes down.
struct GatewayLoopService: Service {
    /// How long the last commands may take.
    private static let drainLimit = Duration.seconds(2)

    let loop: GatewayLoop

    func run() async throws {
        let loop = self.loop
        loop.eventLoop.execute { loop.start() }
        try? await gracefulShutdown()
        // The sockets are closed by now; chat should know before the connection goes.
        let deadline = ContinuousClock.now + Self.drainLimit
        while ContinuousClock.now < deadline {
            guard try await loop.eventLoop.submit({ loop.chat.waiting }).get() > 0 else { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        try await loop.eventLoop.flatSubmit { loop.registry.end() }.get()
    }
}
