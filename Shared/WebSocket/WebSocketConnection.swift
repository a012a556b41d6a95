public import NIOCore
import NIOPosix

/// One WebSocket: the only handler in its channel's pipeline. Frames in, bytes out.
///
/// Confined to its event loop; marked `Sendable` so that it can be named in closures that run there.
public final class WebSocketConnection: ChannelInboundHandler, @unchecked Sendable {
    public typealias InboundIn = ByteBuffer
    public typealias OutboundOut = ByteBuffer

    /// The loop on which everything about this connection happens.
    public let eventLoop: any EventLoop
    /// What the application does with this connection.
    var delegate: (any WebSocketDelegate)?
    private let settings: WebSocketSettings
    private var context: ChannelHandlerContext?
    private var state = ConnectionState() {
        didSet { if !self.state.isOpen { self.outbound.refuseFrames() } }
    }
    private var inbound: InboundFrames
    /// Bytes of a frame that has not wholly arrived; `nil` when no frame is split.
    private var partial: ByteBuffer?
    private let outbound: OutboundPath
    /// Where the keep-alive wheel holds this connection.
    var slot = KeepAliveWheel.Slot()

    init(eventLoop: any EventLoop, settings: WebSocketSettings) {
        self.eventLoop = eventLoop
        self.settings = settings
        self.inbound = InboundFrames(maximumLength: settings.configuration.maximumMessageBytes)
        self.outbound = OutboundPath(settings.sockets(of: eventLoop))
    }

    /// Whether events may still be written: no close frame was sent or received.
    public var isOpen: Bool { self.state.isOpen }

    /// The number of the socket while bytes may be handed to the kernel directly, otherwise -1.
    var descriptor: CInt { self.outbound.descriptor }
    var directSockets: DirectSockets { self.outbound.sockets }

    /// The channel, while there is one.
    var channel: (any Channel)? { self.context?.channel }

    // MARK: Writing

    /// Writes one or more whole server frames that the caller made with ``ServerFrame``; nothing is copied.
    /// The bytes leave at the latest with ``flush()``. Does nothing once the connection is closing.
    public func write(framed frames: ByteBuffer) {
        guard self.state.isOpen, let context = self.context else { return }
        self.outbound.write(frames, to: context)
    }

    /// Hands what was written to the kernel, and closes the connection with 1013 when too much is left.
    public func flush() {
        guard let context = self.context else { return }
        self.outbound.flush(context)
        guard self.state.isOpen, self.outbound.isOverLimit(context) else { return }
        self.settings.onSlowReader?()
        self.close(WebSocketCloseCode.tryAgainLater, reason: "reading too slowly; connect again and resume")
    }

    /// Writes and flushes what is left of whole frames of which a fan-out has handed the first bytes to the kernel.
    func deliver(_ frames: ByteBuffer, after taken: Int) {
        var rest = frames
        rest.moveReaderIndex(forwardBy: taken)
        self.write(framed: rest)
        self.flush()
    }

    /// Writes one text message at once.
    public func send(text: ByteBuffer) {
        var frame = ByteBufferAllocator().buffer(capacity: text.readableBytes + 10)
        ServerFrame.appendText(text, to: &frame)
        self.write(framed: frame)
        self.flush()
    }

    /// Starts the closing handshake. Nothing that is written after this goes out.
    ///
    /// - Parameters:
    ///   - code: 1000–1013 or 4000–4999.
    ///   - reason: Shown to programs; cut to 123 bytes.
    public func close(_ code: UInt16, reason: String) {
        guard let context = self.context, self.state.beginClosing() else { return }
        self.outbound.write(ServerFrame.close(code, reason: reason), to: context)
        self.outbound.flush(context)
        self.scheduleDisconnect(context)
    }

    // MARK: Life

    /// Sends the answer to the handshake, then works for the delegate.
    func begin(with answer: ByteBuffer, delegate: any WebSocketDelegate) {
        guard let context = self.context else { return }
        self.delegate = delegate
        self.outbound.write(answer, to: context)
        self.outbound.flush(context)
    }

    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if self.settings.configuration.writesDirectly { self.outbound.findDescriptor(context) }
        self.settings.wheel(of: self.eventLoop).insert(self)
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        self.end()
    }

    public func channelInactive(context: ChannelHandlerContext) {
        self.end()
        context.fireChannelInactive()
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A broken connection; `channelInactive` follows.
        context.close(promise: nil)
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            self.close(WebSocketCloseCode.goingAway, reason: "server is going away")
        case ChannelEvent.inputClosed:
            // The server's channels allow half-closure; a WebSocket whose peer cannot send is over.
            context.close(promise: nil)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    private func end() {
        guard self.context != nil else { return }
        // First of all: the number of the descriptor may belong to another connection from now on.
        self.outbound.forgetDescriptor()
        self.context = nil
        self.state.disconnected()
        self.settings.wheel(of: self.eventLoop).remove(self)
        self.delegate?.webSocketClosed(self)
        self.delegate = nil
    }

    private func scheduleDisconnect(_ context: ChannelHandlerContext) {
        let channel = context.channel
        self.eventLoop.scheduleTask(in: .init(self.settings.configuration.closingTimeout)) {
            channel.close(promise: nil)
        }
    }

    // MARK: Reading

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = Self.unwrapInboundIn(data)
        guard self.state.phase == .open || self.state.phase == .closing else { return }
        if var partial = self.partial {
            self.partial = nil
            partial.writeImmutableBuffer(buffer)
            buffer = partial
        }
        do throws(WebSocketViolation) {
            while let frame = try self.inbound.next(in: &buffer) {
                if let frame { self.perform(self.state.received(frame), context) }
                guard self.context != nil, self.state.phase != .closed else { return }
            }
        } catch {
            return self.fail(error, context)
        }
        if buffer.readableBytes > 0 {
            // A copy of exactly these bytes: a slice would keep the whole receive buffer of the channel alive.
            var rest = ByteBufferAllocator().buffer(capacity: buffer.readableBytes)
            rest.writeImmutableBuffer(buffer)
            self.partial = rest
        }
    }

    private func perform(_ action: ConnectionState.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .nothing: return
        case .deliver(let message): self.delegate?.webSocket(self, received: message)
        case .pong(let payload):
            self.outbound.write(ServerFrame.control(.pong, payload: payload), to: context)
            self.flush()
        case .echoClose(let code):
            self.outbound.write(ServerFrame.close(code, reason: ""), to: context)
            self.outbound.flush(context)
            self.outbound.close(.all, afterWritesTo: context)
            self.scheduleDisconnect(context)
        case .disconnect:
            context.close(promise: nil)
        }
    }

    /// RFC 6455 §7.1.7: says why, then reads nothing more. Only the output is closed, and the input thrown away until
    /// the deadline: closing with unread bytes would reset the connection and could destroy the close frame.
    private func fail(_ violation: WebSocketViolation, _ context: ChannelHandlerContext) {
        guard self.state.isOpen else { return context.close(promise: nil) }
        self.delegate?.webSocket(self, violated: violation)
        self.close(violation.code, reason: violation.reason)
        self.state.disconnected()
        self.partial = nil
        self.outbound.close(.output, afterWritesTo: context)
    }

    /// Called once per ping interval by the wheel.
    func keepAlive() {
        guard let context = self.context else { return }
        switch self.state.keepAlive() {
        case .nothing: return
        case .ping:
            self.outbound.write(ServerFrame.control(.ping), to: context)
            self.flush()
        case .disconnect: context.close(promise: nil)
        case .closeUnused: self.close(WebSocketCloseCode.policy, reason: "no message was ever sent")
        }
    }
}
