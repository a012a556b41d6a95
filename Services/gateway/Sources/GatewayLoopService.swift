import Logging
import NIOCore
import Redis
import ServiceLifecycle

/// Runs one hub: its timers while the gateway works, its last commands when it goes down.
struct HubService: Service {
    /// How long the last commands may take.
    private static let drainLimit = Duration.seconds(2)

    let hub: SessionHub

    func run() async throws {
        let hub = self.hub
        hub.eventLoop.execute { hub.start() }
        try? await gracefulShutdown()
        // The sockets are closed by now; chat should know before the connection goes.
        let deadline = ContinuousClock.now + Self.drainLimit
        while ContinuousClock.now < deadline {
            guard try await hub.eventLoop.submit({ hub.chat.waiting }).get() > 0 else { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        try await hub.eventLoop.flatSubmit { hub.presence.end() }.get()
    }
}
