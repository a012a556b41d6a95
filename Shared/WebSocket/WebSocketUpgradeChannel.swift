public import HummingbirdCore
public import Logging
public import NIOCore

/// Serves HTTP and WebSockets on one port: Hummingbird's HTTP/1.1 for every request but those for a WebSocket path.
///
/// Every connection starts with one handler that looks at the request line. A connection for a WebSocket never gets an
/// HTTP handler, so none has to be removed, and none can swallow a request it did not understand; the others get
/// Hummingbird's pipeline, and their first bytes again. Only the first request of a connection can become a WebSocket,
/// so the HTTP routes should answer `GET` on these paths with 426.
public struct WebSocketUpgradeChannel: ServerChildChannel {
    /// A connection of which it is not known yet what it will be.
    public struct Value: ServerChildChannelValue {
        public let channel: any Channel
        let outcome: EventLoopFuture<OpeningOutcome>
    }

    private let http: HTTP1Channel
    private let admitting: any WebSocketAdmitting
    private let settings: WebSocketSettings

    /// - Parameters:
    ///   - configuration: Limits and deadlines.
    ///   - http: What serves all other requests.
    ///   - admitting: Decides who may have a WebSocket, and makes its delegate.
    ///   - onSlowReader: Called for every socket closed with 1013.
    public init(
        _ configuration: WebSocketConfiguration, http: HTTP1Channel, admitting: any WebSocketAdmitting,
        onSlowReader: (@Sendable () -> Void)? = nil
    ) {
        self.http = http
        self.admitting = admitting
        self.settings = WebSocketSettings(configuration, onSlowReader: onSlowReader)
    }

    public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let outcome = channel.eventLoop.makePromise(of: OpeningOutcome.self)
            let handler = OpeningHandler(
                settings: self.settings, admitting: self.admitting, http: self.http, logger: logger, outcome: outcome)
            do {
                try channel.pipeline.syncOperations.addHandler(handler)
            } catch {
                outcome.fail(error)
                throw error
            }
            return Value(channel: channel, outcome: outcome.futureResult)
        }
    }

    /// Serves HTTP until its connection ends; returns at once for a WebSocket, which needs no task.
    public func handle(value: Value, logger: Logger) async {
        guard case .http(let http)? = try? await value.outcome.get() else { return }
        await self.http.handle(value: http, logger: logger)
    }
}

/// What a connection became.
enum OpeningOutcome: Sendable {
    case http(HTTP1Channel.Value)
    case webSocket
}
