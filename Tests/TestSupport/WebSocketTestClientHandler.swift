import NIOCore

/// Reads the handshake's answer, then frames, and answers pings.
final class WebSocketTestClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let inbox: WebSocketTestClient.Inbox
    private let handshake: EventLoopPromise<Void>
    private var received = ByteBuffer()
    private var isOpen = false
    private var message: [UInt8] = []

    init(inbox: WebSocketTestClient.Inbox, handshake: EventLoopPromise<Void>) {
        self.inbox = inbox
        self.handshake = handshake
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = Self.unwrapInboundIn(data)
        self.received.writeBuffer(&buffer)
        if !self.isOpen { self.readHandshake(context: context) }
        while self.isOpen, self.readFrame(context: context) {}
        self.received.discardReadBytes()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.refuse(String(buffer: self.received))
        self.inbox.put(.closed(1006))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func readHandshake(context: ChannelHandlerContext) {
        let view = self.received.readableBytesView
        guard let text = String(validating: view, as: UTF8.self) ?? self.headOnly(view),
            let end = text.range(of: "\r\n\r\n")
        else { return }
        let head = String(text[..<end])
        guard head.hasPrefix("HTTP/1.1 101 ") else {
            if self.bodyIsComplete(head: head) {
                self.refuse(text)
                context.close(promise: nil)
            }
            return  // otherwise the rest of the body follows, or `channelInactive` tells
        }
        guard head.lowercased().contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=") else {
            return self.refuse("wrong Sec-WebSocket-Accept in \(head)")
        }
        self.received.moveReaderIndex(forwardBy: head.utf8.count + 4)
        self.isOpen = true
        self.handshake.succeed()
    }

    private func bodyIsComplete(head: String) -> Bool {
        for line in head.lowercased().split(whereSeparator: \.isNewline) where line.hasPrefix("content-length:") {
            let length = Int(line.dropFirst("content-length:".count).filter(\.isNumber)) ?? 0
            return self.received.readableBytes >= head.utf8.count + 4 + length
        }
        return false
    }

    /// The bytes up to the end of the head, when frames that are not text follow it at once.
    private func headOnly(_ view: ByteBufferView) -> String? {
        for index in view.indices where view[index...].starts(with: "\r\n\r\n".utf8) {
            return String(validating: view[..<(index + 4)], as: UTF8.self)
        }
        return nil
    }

    private func refuse(_ answer: String) {
        let status = answer.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        self.handshake.fail(WebSocketTestClient.Refused(status: status, body: answer))
    }

    /// Takes one frame; false when it is not complete.
    private func readFrame(context: ChannelHandlerContext) -> Bool {
        var buffer = self.received
        guard let first = buffer.readInteger(as: UInt8.self), let second = buffer.readInteger(as: UInt8.self) else {
            return false
        }
        var length = Int(second & 0x7F)
        if length == 126 {
            guard let value = buffer.readInteger(as: UInt16.self) else { return false }
            length = Int(value)
        } else if length == 127 {
            guard let value = buffer.readInteger(as: UInt64.self) else { return false }
            length = Int(value)
        }
        guard first & 0x70 == 0, second & 0x80 == 0 else {
            self.inbox.put(.violation("a reserved bit or a mask: \(first) \(second)"))
            context.close(promise: nil)
            self.isOpen = false
            return false
        }
        guard let payload = buffer.readBytes(length: length) else { return false }
        self.received = buffer
        self.take(opcode: first & 0x0F, isFinal: first & 0x80 != 0, payload: payload, context: context)
        return true
    }

    private func take(opcode: UInt8, isFinal: Bool, payload: [UInt8], context: ChannelHandlerContext) {
        switch opcode {
        case 0, 1:
            self.message += payload
            guard isFinal else { return }
            if let text = String(validating: self.message, as: UTF8.self) {
                self.inbox.put(.text(text))
            } else {
                self.inbox.put(.violation("a text that is not UTF-8"))
            }
            self.message = []
        case 8:
            let code = payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : 1005
            self.inbox.put(.closed(code))
            context.close(promise: nil)
        case 9:
            self.inbox.put(.ping)
            var pong = ByteBuffer(bytes: [0x8A, 0x80 | UInt8(payload.count), 0, 0, 0, 0])
            pong.writeBytes(payload)
            context.writeAndFlush(Self.wrapOutboundOut(pong), promise: nil)
        case 10: self.inbox.put(.pong)
        default: self.inbox.put(.violation("opcode \(opcode)"))
        }
    }
}

extension String {
    /// The first place of `other`; FoundationEssentials is not worth importing for this.
    fileprivate func range(of other: String) -> String.Index? {
        self.indices.first { self[$0...].utf8.starts(with: other.utf8) }
    }
}
