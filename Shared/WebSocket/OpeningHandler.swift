import HummingbirdCore
import Logging
import NIOCore
import NIOPosix

/// The first handler of every connection: waits for the request line, then gives the connection to HTTP or makes it
/// a WebSocket. Confined to its event loop.
final class OpeningHandler: ChannelInboundHandler, RemovableChannelHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case readingLine
        case readingHead
        /// The application is asked; further bytes wait.
        case admitting
        case done
    }

    private let settings: WebSocketSettings
    private let admitting: any WebSocketAdmitting
    private let http: HTTP1Channel
    private let logger: Logger
    private var outcome: EventLoopPromise<OpeningOutcome>?
    private var phase = Phase.readingLine
    private var received = ByteBuffer()
    private var deadline: Scheduled<Void>?

    init(
        settings: WebSocketSettings, admitting: any WebSocketAdmitting, http: HTTP1Channel, logger: Logger,
        outcome: EventLoopPromise<OpeningOutcome>
    ) {
        self.settings = settings
        self.admitting = admitting
        self.http = http
        self.logger = logger
        self.outcome = outcome
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        // Nothing else ends a connection that never sends a request.
        self.deadline = context.eventLoop.scheduleTask(in: .init(self.settings.configuration.openingTimeout)) {
            channel.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        guard self.phase != .done else { return }
        self.received.writeBuffer(&bytes)
        if self.phase == .readingLine { self.readLine(context) }
        if self.phase == .readingHead { self.readHead(context) }
        let limit = self.settings.configuration.maximumHeadBytes + self.settings.configuration.maximumMessageBytes
        if self.phase == .admitting, self.received.readableBytes > limit { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.finish(.failure(ChannelError.eof))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.finish(.failure(ChannelError.eof))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: context.close(promise: nil)
        case ChannelEvent.inputClosed where self.phase != .done: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: Deciding

    private func readLine(_ context: ChannelHandlerContext) {
        let line = self.received.readableBytesView.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        guard line.count < self.received.readableBytes else {
            // A longer line is HTTP's to refuse.
            if line.count > self.settings.configuration.maximumHeadBytes { self.becomeHTTP(context) }
            return
        }
        let parts = line.split(separator: UInt8(ascii: " "))
        guard parts.count == 3, parts[2].starts(with: "HTTP/1.1".utf8),
            self.settings.configuration.paths.contains(
                String(decoding: parts[1].prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self))
        else { return self.becomeHTTP(context) }
        self.phase = .readingHead
    }

    private func readHead(_ context: ChannelHandlerContext) {
        let view = self.received.readableBytesView
        let limit = self.settings.configuration.maximumHeadBytes
        guard let end = Self.endOfHead(view) else {
            if view.count > limit {
                self.refuse(
                    WebSocketRefusal(status: 431, code: "bad_request", message: "The request head is too long."),
                    context)
            }
            return
        }
        guard end - view.startIndex <= limit, let request = WebSocketRequest(parsing: view[..<end]) else {
            return self.refuse(
                WebSocketRefusal(status: 400, code: "bad_request", message: "The request head is malformed."), context)
        }
        self.received.moveReaderIndex(to: end + 4)
        let accept: String
        do {
            accept = try Handshake.check(request, allowedOrigins: self.settings.configuration.allowedOrigins)
        } catch {
            return self.refuse(error, context)
        }
        self.phase = .admitting
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        self.admitting.admit(request, on: context.eventLoop).hop(to: context.eventLoop).whenComplete { result in
            let context = bound.value
            guard self.phase == .admitting, context.channel.isActive else { return }
            switch result {
            case .success(.accept(let makeDelegate)):
                self.becomeWebSocket(context, accept: accept, makeDelegate: makeDelegate)
            case .success(.refuse(let refusal)):
                self.refuse(refusal, context)
            case .failure:
                self.refuse(
                    WebSocketRefusal(
                        status: 503, code: "unavailable", message: "The service is not ready; try again.",
                        fields: ["Retry-After": "1"]),
                    context)
            }
        }
    }

    /// - Returns: The index of the empty line's `\r\n\r\n`.
    private static func endOfHead(_ view: ByteBufferView) -> Int? {
        guard view.count >= 4 else { return nil }
        var index = view.startIndex
        while index + 3 < view.endIndex {
            if view[index] == 13, view[index + 1] == 10, view[index + 2] == 13, view[index + 3] == 10 { return index }
            index += 1
        }
        return nil
    }

    // MARK: Becoming

    private func becomeHTTP(_ context: ChannelHandlerContext) {
        self.phase = .done
        self.deadline?.cancel()
        let channel = context.channel
        let received = self.received
        let outcome = self.outcome
        self.outcome = nil
        let loop = context.eventLoop
        self.http.setup(channel: channel, logger: self.logger).hop(to: loop).whenComplete { result in
            switch result {
            case .success(let http):
                outcome?.succeed(.http(http))
                channel.pipeline.syncOperations.removeHandler(self, promise: nil)
                channel.pipeline.syncOperations.fireChannelRead(NIOAny(received))
                channel.pipeline.syncOperations.fireChannelReadComplete()
            case .failure(let error):
                outcome?.fail(error)
                channel.close(promise: nil)
            }
        }
    }

    private func becomeWebSocket(
        _ context: ChannelHandlerContext, accept: String,
        makeDelegate: (WebSocketConnection) -> any WebSocketDelegate
    ) {
        self.phase = .done
        self.deadline?.cancel()
        let configuration = self.settings.configuration
        let channel = context.channel
        let pipeline = channel.pipeline.syncOperations
        let connection = WebSocketConnection(eventLoop: context.eventLoop, settings: self.settings)
        do {
            let options = channel.syncOptions
            try options?.setOption(.allowRemoteHalfClosure, value: true)
            try options?.setOption(.maxMessagesPerRead, value: 4)
            try options?.setOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 512, maximum: 16_384))
            try options?.setOption(
                .writeBufferWaterMark,
                value: .init(low: configuration.outboundLimitBytes / 2, high: configuration.outboundLimitBytes))
            try? options?.setOption(.tcpOption(.tcp_nodelay), value: 1)
            try pipeline.addHandler(connection)
        } catch {
            return context.close(promise: nil)
        }
        var answer = ByteBuffer()
        answer.writeString(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: \(accept)\r\n\r\n")
        connection.begin(with: answer, delegate: makeDelegate(connection))
        let rest = self.received
        self.received = ByteBuffer()
        self.finish(.success(.webSocket))
        pipeline.removeHandler(self, promise: nil)
        if rest.readableBytes > 0 { pipeline.fireChannelRead(NIOAny(rest)) }
    }

    private func refuse(_ refusal: WebSocketRefusal, _ context: ChannelHandlerContext) {
        self.phase = .done
        self.deadline?.cancel()
        let channel = context.channel
        var answer = ByteBuffer()
        answer.writeImmutableBuffer(RefusalResponse.bytes(refusal))
        let promise = context.eventLoop.makePromise(of: Void.self)
        // Output first, the rest a little later: closing with unread bytes would reset the connection and could
        // destroy the answer.
        promise.futureResult.whenComplete { _ in channel.close(mode: .output, promise: nil) }
        context.eventLoop.scheduleTask(in: .init(self.settings.configuration.closingTimeout)) {
            channel.close(promise: nil)
        }
        context.writeAndFlush(Self.wrapOutboundOut(answer), promise: promise)
    }

    private func finish(_ result: Result<OpeningOutcome, any Error>) {
        self.deadline?.cancel()
        self.phase = .done
        self.outcome?.completeWith(result)
        self.outcome = nil
    }
}
