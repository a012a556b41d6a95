public import NIOCore

/// What the application does with one connection. Everything is called on the connection's event loop.
public protocol WebSocketDelegate: AnyObject {
    /// A whole text message, valid UTF-8, in a buffer that nobody else holds.
    func webSocket(_ connection: WebSocketConnection, received message: ByteBuffer)
    /// The peer broke the protocol or a limit; the close frame follows. What is written now still goes out before it.
    func webSocket(_ connection: WebSocketConnection, violated violation: WebSocketViolation)
    /// The connection is gone. Nothing is called after this.
    func webSocketClosed(_ connection: WebSocketConnection)
}

/// Whether a well-formed request may have a WebSocket.
public enum WebSocketAdmission: Sendable {
    /// Send 101, then ask for the delegate, on the connection's event loop.
    case accept(@Sendable (WebSocketConnection) -> any WebSocketDelegate)
    case refuse(WebSocketRefusal)
}

/// Decides about requests for a WebSocket.
public protocol WebSocketAdmitting: Sendable {
    /// - Parameters:
    ///   - request: A complete handshake from an allowed origin.
    ///   - eventLoop: The loop of the connection; the future must belong to it. A failed future is answered with 503.
    func admit(_ request: WebSocketRequest, on eventLoop: any EventLoop) -> EventLoopFuture<WebSocketAdmission>
}
