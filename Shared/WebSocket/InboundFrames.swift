import NIOCore

/// One thing that a client sent.
enum InboundFrame: Equatable {
    /// A whole message, put together from its fragments and proven to be UTF-8.
    case text(ByteBuffer)
    case ping(ByteBuffer)
    case pong
    /// `nil` when the close frame had no code.
    case close(UInt16?)
}

/// Takes bytes apart into messages and control frames. Pure: no channel, no clock.
struct InboundFrames {
    /// The longest message, in bytes.
    let maximumLength: Int
    /// The fragments so far of a message that is not final; `nil` between messages.
    private var fragments: ByteBuffer?
    private var validation = UTF8Validation()

    init(maximumLength: Int) {
        self.maximumLength = maximumLength
    }

    /// Consumes one frame.
    ///
    /// - Returns: What was completed; `.some(nil)` for a fragment that completes nothing; `nil` when bytes are missing.
    /// - Throws: The violation for which the connection must be failed.
    mutating func next(in buffer: inout ByteBuffer) throws(WebSocketViolation) -> InboundFrame?? {
        let room = self.maximumLength - (self.fragments?.readableBytes ?? 0)
        guard let header = try FrameHeader.peek(buffer, maximumLength: max(room, 125)) else { return nil }
        try self.check(header, room: room)
        guard buffer.readableBytes >= header.headerLength + header.payloadLength else { return nil }
        buffer.moveReaderIndex(forwardBy: header.headerLength)
        let payload = Self.unmasked(header, from: &buffer)
        switch header.opcode {
        case .ping: return .some(.ping(payload))
        case .pong: return .some(.pong)
        case .close: return .some(.close(try Self.closeCode(payload)))
        case .text, .binary, .continuation: return .some(try self.append(payload, isFinal: header.isFinal))
        }
    }

    private func check(_ header: FrameHeader, room: Int) throws(WebSocketViolation) {
        switch header.opcode {
        case .binary: throw WebSocketViolation(WebSocketCloseCode.unsupportedData, "text frames only")
        case .continuation where self.fragments == nil:
            throw WebSocketViolation(WebSocketCloseCode.protocolError, "continuation of nothing")
        case .text where self.fragments != nil:
            throw WebSocketViolation(WebSocketCloseCode.protocolError, "message inside a message")
        case .text, .continuation:
            guard header.payloadLength <= room else {
                throw WebSocketViolation(WebSocketCloseCode.tooBig, "more than \(self.maximumLength) bytes")
            }
        case .ping, .pong, .close: return
        }
    }

    private mutating func append(_ payload: ByteBuffer, isFinal: Bool) throws(WebSocketViolation) -> InboundFrame? {
        let accepted = payload.withUnsafeReadableBytes { self.validation.accepts($0) }
        guard accepted, !isFinal || self.validation.isComplete else {
            throw WebSocketViolation(WebSocketCloseCode.invalidText, "text is not UTF-8")
        }
        if var message = self.fragments {
            self.fragments = nil
            message.writeImmutableBuffer(payload)
            if isFinal { return .text(message) }
            self.fragments = message
            return nil
        }
        if isFinal { return .text(payload) }
        self.fragments = payload
        return nil
    }

    /// The payload in a buffer of its own, so that a message never keeps the receive buffer of its channel.
    private static func unmasked(_ header: FrameHeader, from buffer: inout ByteBuffer) -> ByteBuffer {
        let length = header.payloadLength
        guard length > 0 else { return ByteBuffer() }
        var payload = ByteBufferAllocator().buffer(capacity: length)
        let mask = header.mask
        let word =
            UInt64(mask.0) | UInt64(mask.1) << 8 | UInt64(mask.2) << 16 | UInt64(mask.3) << 24
        let twice = (word | word << 32).littleEndian
        buffer.withUnsafeReadableBytes { source in
            _ = payload.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { target in
                var index = 0
                while index + 8 <= length {
                    let value = source.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ twice
                    target.storeBytes(of: value, toByteOffset: index, as: UInt64.self)
                    index += 8
                }
                while index < length {
                    let shift = UInt64((index & 3) * 8)
                    target[index] = source[index] ^ UInt8(truncatingIfNeeded: word >> shift)
                    index += 1
                }
                return length
            }
        }
        buffer.moveReaderIndex(forwardBy: length)
        return payload
    }

    private static func closeCode(_ payload: ByteBuffer) throws(WebSocketViolation) -> UInt16? {
        var payload = payload
        guard payload.readableBytes > 0 else { return nil }
        guard let code = payload.readInteger(as: UInt16.self) else {
            throw WebSocketViolation(WebSocketCloseCode.protocolError, "close code cut off")
        }
        // RFC 6455 §7.4: 1004–1006 and 1015 never stand in a frame, below 1000 and 1016–2999 are reserved.
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: break
        default: throw WebSocketViolation(WebSocketCloseCode.protocolError, "reserved close code")
        }
        var validation = UTF8Validation()
        guard payload.withUnsafeReadableBytes({ validation.accepts($0) }), validation.isComplete else {
            throw WebSocketViolation(WebSocketCloseCode.invalidText, "close reason is not UTF-8")
        }
        return code
    }
}
