import Hummingbird
import HummingbirdCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import ServiceLifecycle
import TestSupport
import Testing

@testable import WebSocket

/// A real server on a free port: Hummingbird with one route, and a WebSocket that does what a test says.
final class TestServer: Sendable {
    let port: Int
    let connections: NIOLockedValueBox<[WebSocketConnection]>
    private let group: ServiceGroup
    private let task: Task<Void, any Error>

    /// What the server's side of a connection does.
    struct Behaviour: Sendable {
        var admit: @Sendable (WebSocketRequest) -> WebSocketRefusal? = { _ in nil }
        var opened: @Sendable (WebSocketConnection) -> Void = { _ in }
        var received: @Sendable (WebSocketConnection, ByteBuffer) -> Void = { $0.send(text: $1) }
        var closed: @Sendable () -> Void = {}
    }

    static func start(
        _ behaviour: Behaviour = Behaviour(), idleTimeout: TimeAmount = .seconds(60),
        configure: (inout WebSocketConfiguration) -> Void = { _ in }
    ) async throws -> TestServer {
        var configuration = WebSocketConfiguration()
        configuration.closingTimeout = .milliseconds(500)
        configure(&configuration)
        let (settings, port) = (configuration, NIOLockedValueBox<Int?>(nil))
        let connections = NIOLockedValueBox<[WebSocketConnection]>([])
        let router = Router()
        router.get("/hello") { _, _ in "hello" }
        router.get("/ws") { _, _ in HTTPResponse.Status(code: 426) }
        router.post("/echo") { request, _ in
            let body = try await request.body.collect(upTo: 1_000)
            return String(buffer: body)
        }
        var logger = Logger(label: "test")
        logger.logLevel = .error
        let application = Application(
            router: router,
            server: HTTPServerBuilder { responder in
                WebSocketUpgradeChannel(
                    settings, http: HTTP1Channel(responder: responder, configuration: .init(idleTimeout: idleTimeout)),
                    admitting: Admission(behaviour: behaviour, connections: connections))
            },
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in port.withLockedValue { $0 = channel.localAddress?.port } }, logger: logger)
        let group = ServiceGroup(configuration: .init(services: [application], logger: logger))
        let task = Task { try await group.run() }
        await eventually { port.withLockedValue { $0 } != nil }
        return TestServer(
            port: port.withLockedValue { $0 } ?? 0, connections: connections, group: group, task: task)
    }

    private init(
        port: Int, connections: NIOLockedValueBox<[WebSocketConnection]>, group: ServiceGroup,
        task: Task<Void, any Error>
    ) {
        self.port = port
        self.connections = connections
        self.group = group
        self.task = task
    }

    /// Ends gracefully and waits until it is over.
    func stop() async throws {
        await self.group.triggerGracefulShutdown()
        try await self.task.value
    }

    func client(headers: [(String, String)] = [], receiveBufferInBytes: Int? = nil) async throws -> WebSocketTestClient
    {
        try await .connect(port: self.port, headers: headers, receiveBufferInBytes: receiveBufferInBytes)
    }
}

private struct Admission: WebSocketAdmitting {
    let behaviour: TestServer.Behaviour
    let connections: NIOLockedValueBox<[WebSocketConnection]>

    func admit(_ request: WebSocketRequest, on eventLoop: any EventLoop) -> EventLoopFuture<WebSocketAdmission> {
        if let refusal = self.behaviour.admit(request) { return eventLoop.makeSucceededFuture(.refuse(refusal)) }
        return eventLoop.makeSucceededFuture(
            .accept { connection in
                self.connections.withLockedValue { $0.append(connection) }
                self.behaviour.opened(connection)
                return Delegate(behaviour: self.behaviour)
            })
    }

    private final class Delegate: WebSocketDelegate {
        let behaviour: TestServer.Behaviour

        init(behaviour: TestServer.Behaviour) {
            self.behaviour = behaviour
        }

        func webSocket(_ connection: WebSocketConnection, received message: ByteBuffer) {
            self.behaviour.received(connection, message)
        }

        func webSocket(_ connection: WebSocketConnection, violated violation: WebSocketViolation) {
            connection.send(text: ByteBuffer(string: "violated \(violation.code)"))
        }

        func webSocketClosed(_ connection: WebSocketConnection) { self.behaviour.closed() }
    }
}
