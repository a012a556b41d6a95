internal import Logging
internal import NIOCore

/// Sends commands and pairs them with their replies. Commands of one turn of the event loop go out in one write.
final class CommandHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let decoder: ReplyDecoder
    private let logger: Logger
    private var context: ChannelHandlerContext?
    private var queue = ReplyQueue()
    /// Formatted commands that wait for the end of this turn.
    private var outgoing = ByteBuffer()
    private var isFlushScheduled = false
    /// Count of all bytes handed to the network, and of all bytes taken from callers.
    private var written = 0
    private var accepted = 0
    private var closeReason: RedisError?
    /// One timer for all commands: armed for the earliest deadline it knows, re-armed when it fires.
    private var timer: Scheduled<Void>?
    private var timerDeadline = NIODeadline.distantFuture
    private static let timerPrecision = TimeAmount.milliseconds(10)
    private var lastRead = NIODeadline.now()
    private let silenceLimit: TimeAmount
    /// When the oldest command was first seen to be overdue.
    private var stuckSince: NIODeadline?

    init(configuration: RedisConfiguration, logger: Logger) {
        self.decoder = ReplyDecoder(maxReplyBytes: configuration.maxReplyBytes)
        self.silenceLimit = TimeAmount(configuration.silenceTimeout)
        self.logger = logger
    }

    /// Sends formatted commands whose replies go to `receiver`. On the event loop only.
    func send(_ bytes: ByteBuffer, to receiver: ReplyQueue.Receiver, timeout: TimeAmount) {
        guard let context = self.context, context.channel.isActive, self.closeReason == nil else {
            return receiver.fail(.connectionClosed(mayHaveRun: false))
        }
        let deadline = NIODeadline.now() + timeout
        self.queue.append(ReplyQueue.Waiter(receiver: receiver, deadline: deadline, position: self.accepted))
        self.accepted += bytes.readableBytes
        if self.outgoing.readableBytes == 0 {
            self.outgoing = bytes
        } else {
            self.outgoing.writeImmutableBuffer(bytes)
        }
        if deadline < self.timerDeadline { self.arm(for: deadline, context: context) }
        guard !self.isFlushScheduled else { return }
        self.isFlushScheduled = true
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { handler.value.flush() }
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.timer?.cancel()
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.lastRead = .now()
        self.decoder.feed(Self.unwrapInboundIn(data))
        while let reply = self.decoder.next() {
            switch self.queue.receive(reply) {
            case .command(let promise):
                if case .error(let error) = reply {
                    promise.fail(RedisError.server(error))
                } else {
                    promise.succeed(reply)
                }
            case .pipeline(let replies): replies.complete()
            case .taken: break
            case .unexpected: return self.close(context, .unexpectedReply("a reply that nobody asked for"))
            }
        }
        self.decoder.finish()
        if let failure = self.decoder.failure { self.close(context, failure) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.timer?.cancel()
        for (receiver, error) in self.queue.close(written: self.written, reason: self.closeReason) {
            receiver.fail(error)
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.logger.warning("Redis connection failed", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }

    private func flush() {
        self.isFlushScheduled = false
        guard let context = self.context, self.outgoing.readableBytes > 0 else { return }
        let bytes = self.outgoing
        self.outgoing = ByteBuffer()
        self.written += bytes.readableBytes
        context.writeAndFlush(Self.wrapOutboundOut(bytes), promise: nil)
    }

    private func arm(for deadline: NIODeadline, context: ChannelHandlerContext) {
        self.timer?.cancel()
        self.timerDeadline = deadline
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        self.timer = context.eventLoop.scheduleTask(deadline: deadline) { handler.value.timerFired() }
    }

    private func timerFired() {
        self.timerDeadline = .distantFuture
        guard let context = self.context else { return }
        let now = NIODeadline.now()
        var (expired, next) = self.queue.expire(now: now)
        for receiver in expired { receiver.fail(.timedOut) }
        if self.queue.isStuck {
            // Each byte that still comes proves life; without any, a new connection is worth more than waiting.
            let since = max(self.stuckSince ?? now, self.lastRead)
            self.stuckSince = since
            guard now - since < self.silenceLimit else {
                self.logger.warning("Redis is silent; the connection is given up")
                return self.close(context, nil)
            }
            next = min(next ?? .distantFuture, since + self.silenceLimit)
        } else {
            self.stuckSince = nil
        }
        guard let next else { return }
        // Not for each of thousands of commands that end within one moment: a look at all of them costs time.
        let soonest = max(next, now + Self.timerPrecision)
        // Whoever was told may have sent a command meanwhile, with a shorter time.
        if soonest < self.timerDeadline { self.arm(for: soonest, context: context) }
    }

    private func close(_ context: ChannelHandlerContext, _ reason: RedisError?) {
        if let reason { self.logger.error("Redis connection closed", metadata: ["reason": "\(reason)"]) }
        self.closeReason = reason
        context.close(promise: nil)
    }
}
