import Hummingbird
import HummingbirdCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import ServiceLifecycle
import WebSocket

/// The public port: REST, files and `/ws`.
final class GatewayServer: Service {
    /// A connection without a request for this long is closed.
    private static let idleTimeout = TimeAmount.seconds(60)

    private let configuration: GatewayConfiguration
    private let group: MultiThreadedEventLoopGroup
    private let routes: Routes
    private let admission: UpgradeAdmission
    private let logger: Logger
    private let boundPort = NIOLockedValueBox<Int?>(nil)

    init(
        _ configuration: GatewayConfiguration, group: MultiThreadedEventLoopGroup, routes: Routes,
        admission: UpgradeAdmission, logger: Logger
    ) {
        self.configuration = configuration
        self.group = group
        self.routes = routes
        self.admission = admission
        self.logger = logger
    }

    /// The port, once it is bound.
    var port: Int? { self.boundPort.withLockedValue { $0 } }

    func run() async throws {
        let socket = self.configuration.socket
        let admission = self.admission
        let application = Application(
            router: self.routes.router(),
            server: HTTPServerBuilder { responder in
                WebSocketUpgradeChannel(
                    socket,
                    http: HTTP1Channel(responder: responder, configuration: .init(idleTimeout: Self.idleTimeout)),
                    admitting: admission, onSlowReader: { GatewayMetrics.slowReaders.increment() })
            },
            configuration: .init(
                address: .hostname(self.configuration.host, port: self.configuration.port), serverName: nil,
                backlog: 4_096),
            onServerRunning: { [boundPort] channel in
                boundPort.withLockedValue { $0 = channel.localAddress?.port }
            },
            eventLoopGroupProvider: .shared(self.group), logger: self.logger)
        try await application.run()
    }
}
