internal import NIOCore

/// One subscribed connection: what it asked for, in order, and what comes.
final class SubscriptionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let subscriber: RedisSubscriber
    let runID: String
    private let subscriptions: Subscriptions
    private let decoder: ReplyDecoder
    private var context: ChannelHandlerContext?
    private var outgoing = ByteBuffer()
    private var isFlushScheduled = false
    /// Commands without a reply. Each has exactly one; publications and unasked ends come in between.
    private var expected = CircularBuffer<Expectation>()
    private var ping: RepeatedTask?
    private var hasReadSincePing = true
    private var silences = 0
    private var hasPublications = false

    private enum Expectation {
        case subscribe(RedisSubscriber.Channel, generation: Int)
        case unsubscribe(RedisSubscriber.Channel)
        case pong
    }

    init(_ subscriber: RedisSubscriber, _ subscriptions: Subscriptions, runID: String, maxReplyBytes: Int) {
        self.subscriber = subscriber
        self.subscriptions = subscriptions
        self.runID = runID
        self.decoder = ReplyDecoder(maxReplyBytes: maxReplyBytes)
    }

    /// Begins, once the handler is in its place.
    func start() {
        guard let context = self.context else { return }
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let interval = self.subscriber.pingInterval
        self.ping = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            handler.value.tick()
        }
        self.subscriptions.connected(self)
    }

    func subscribe(_ channel: RedisSubscriber.Channel, generation: Int) {
        switch channel {
        case .plain(let name): self.send("SUBSCRIBE", name)
        case .sharded(let name): self.send("SSUBSCRIBE", name)
        }
        self.expected.append(.subscribe(channel, generation: generation))
    }

    func unsubscribe(_ channel: RedisSubscriber.Channel) {
        switch channel {
        case .plain(let name): self.send("UNSUBSCRIBE", name)
        case .sharded(let name): self.send("SUNSUBSCRIBE", name)
        }
        self.expected.append(.unsubscribe(channel))
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.hasReadSincePing = true
        self.decoder.feed(Self.unwrapInboundIn(data))
        let subscriber = self.subscriber
        let delegate = subscriber.delegate
        while let push = self.decoder.nextPush() {
            switch push {
            case .publication(let channel, let payload, let isSharded):
                self.hasPublications = true
                delegate.subscriber(subscriber, received: payload, on: channel, sharded: isSharded)
            case .other(let value):
                self.receive(value, context: context)
            }
        }
        self.decoder.finish()
        if let failure = self.decoder.failure { self.lost(context, "\(failure)") }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if self.hasPublications {
            self.hasPublications = false
            self.subscriber.delegate.subscriberReadComplete(self.subscriber)
        }
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.ping?.cancel()
        self.subscriptions.disconnected(self)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { self.lost(context, "\(error)") }

    private func receive(_ value: RedisValue, context: ChannelHandlerContext) {
        if case .error(let error) = value {
            guard let expectation = self.expected.popFirst() else { return self.lost(context, "\(error)") }
            switch expectation {
            case .subscribe(let channel, let generation):
                self.subscriber.logger.warning(
                    "Redis refused a subscription", metadata: ["channel": "\(channel.name)", "error": "\(error)"])
                self.subscriptions.refused(channel, generation: generation, error)
            case .unsubscribe, .pong: self.lost(context, "\(error)")
            }
            return
        }
        let parts = value.array ?? []
        let name = parts.count == 3 ? parts[1].string ?? "" : ""
        switch parts.first?.string {
        case "unsubscribe": self.ended(.plain(name))
        case "sunsubscribe": self.ended(.sharded(name))
        case "subscribe", "ssubscribe":
            guard case .subscribe(let channel, let generation) = self.expected.popFirst(), channel.name == name else {
                return self.lost(context, "a subscription that nobody asked for")
            }
            self.subscriptions.confirmed(channel, generation: generation)
        default:
            // `+PONG`, or an array once something is subscribed.
            guard case .pong = self.expected.popFirst() else { return self.lost(context, "an unexpected reply") }
        }
    }

    /// The end of a subscription: the answer to our command if that is what is due, unasked otherwise.
    private func ended(_ channel: RedisSubscriber.Channel) {
        if case .unsubscribe(let asked) = self.expected.first, asked == channel {
            self.expected.removeFirst()
        } else {
            self.subscriptions.ended(channel)
        }
    }

    private func tick() {
        guard let context = self.context, context.channel.isActive else { return }
        self.silences = self.hasReadSincePing ? 0 : self.silences + 1
        self.hasReadSincePing = false
        guard self.silences < 2 else { return self.lost(context, "no reply to two PINGs") }
        self.send("PING")
        self.expected.append(.pong)
        self.subscriptions.tick()
    }

    private func send(_ name: String, _ arguments: String...) {
        guard let context = self.context else { return }
        self.outgoing.writeImmutableBuffer(RedisCommand(name, arguments.map { RedisArgument($0) }).bytes)
        guard !self.isFlushScheduled else { return }
        self.isFlushScheduled = true
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { handler.value.flush() }
    }

    private func flush() {
        self.isFlushScheduled = false
        guard let context = self.context, self.outgoing.readableBytes > 0 else { return }
        context.writeAndFlush(Self.wrapOutboundOut(self.outgoing), promise: nil)
        self.outgoing = ByteBuffer()
    }

    private func lost(_ context: ChannelHandlerContext, _ reason: String) {
        self.subscriber.logger.warning("Redis subscription connection closed", metadata: ["reason": "\(reason)"])
        context.close(promise: nil)
    }
}
