import NIOConcurrencyHelpers
import NIOCore

/// What all connections of a server share: one object, so that each connection holds one reference.
final class WebSocketSettings: Sendable {
    let configuration: WebSocketConfiguration
    /// Called whenever a reader was too slow and is closed.
    let onSlowReader: (@Sendable () -> Void)?
    private let loops = NIOLockedValueBox<[ObjectIdentifier: PerLoop]>([:])

    /// What the connections of one event loop share.
    private struct PerLoop: @unchecked Sendable {
        let wheel: KeepAliveWheel
        let sockets = DirectSockets()
    }

    init(_ configuration: WebSocketConfiguration, onSlowReader: (@Sendable () -> Void)?) {
        self.configuration = configuration
        self.onSlowReader = onSlowReader
    }

    /// The keep-alive wheel of a loop. To be called on that loop.
    func wheel(of eventLoop: any EventLoop) -> KeepAliveWheel { self.shared(on: eventLoop).wheel }

    /// The sockets of a loop. To be called on that loop.
    func sockets(of eventLoop: any EventLoop) -> DirectSockets { self.shared(on: eventLoop).sockets }

    /// Made for the loop's first connection.
    private func shared(on eventLoop: any EventLoop) -> PerLoop {
        self.loops.withLockedValue { loops in
            let key = ObjectIdentifier(eventLoop)
            if let known = loops[key] { return known }
            let new = PerLoop(
                wheel: KeepAliveWheel(eventLoop: eventLoop, interval: self.configuration.pingInterval))
            loops[key] = new
            return new
        }
    }
}
