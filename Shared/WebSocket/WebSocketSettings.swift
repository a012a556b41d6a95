import NIOConcurrencyHelpers
import NIOCore

/// What all connections of a server share: one object, so that each connection holds one reference.
final class WebSocketSettings: Sendable {
    let configuration: WebSocketConfiguration
    /// Called whenever a reader was too slow and is closed.
    let onSlowReader: (@Sendable () -> Void)?
    private let wheels = NIOLockedValueBox<[ObjectIdentifier: KeepAliveWheel]>([:])

    init(_ configuration: WebSocketConfiguration, onSlowReader: (@Sendable () -> Void)?) {
        self.configuration = configuration
        self.onSlowReader = onSlowReader
    }

    /// The keep-alive wheel of a loop, made for its first connection. To be called on that loop.
    func wheel(of eventLoop: any EventLoop) -> KeepAliveWheel {
        self.wheels.withLockedValue { wheels in
            let key = ObjectIdentifier(eventLoop)
            if let wheel = wheels[key] { return wheel }
            let wheel = KeepAliveWheel(eventLoop: eventLoop, interval: self.configuration.pingInterval)
            wheels[key] = wheel
            return wheel
        }
    }
}
