import NIOCore

/// What a frame carries (RFC 6455 §5.2).
enum Opcode: UInt8 {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    var isControl: Bool { self.rawValue & 0x8 != 0 }
}

/// The first 6 to 14 bytes of a frame from a client.
struct FrameHeader: Equatable {
    let isFinal: Bool
    let opcode: Opcode
    /// The masking key in the order of the wire.
    let mask: (UInt8, UInt8, UInt8, UInt8)
    let payloadLength: Int
    let headerLength: Int

    static func == (left: FrameHeader, right: FrameHeader) -> Bool {
        left.isFinal == right.isFinal && left.opcode == right.opcode && left.mask == right.mask
            && left.payloadLength == right.payloadLength && left.headerLength == right.headerLength
    }

    /// Reads a header without consuming it.
    ///
    /// - Parameters:
    ///   - buffer: The bytes received and not yet consumed.
    ///   - maximumLength: The longest payload accepted, in bytes.
    /// - Returns: `nil` while bytes are missing.
    /// - Throws: 1002 for reserved bits, opcodes and unmasked frames, 1009 for a payload above the limit. Both are
    ///   told as soon as the header shows them, so that nobody has to receive a megabyte first.
    static func peek(
        _ buffer: ByteBuffer, maximumLength: Int
    ) throws(WebSocketViolation) -> FrameHeader? {
        let start = buffer.readerIndex
        guard let first = buffer.getInteger(at: start, as: UInt8.self) else { return nil }
        guard first & 0x70 == 0 else { throw WebSocketViolation(WebSocketCloseCode.protocolError, "reserved bit set") }
        guard let opcode = Opcode(rawValue: first & 0x0F) else {
            throw WebSocketViolation(WebSocketCloseCode.protocolError, "reserved opcode")
        }
        let isFinal = first & 0x80 != 0
        guard let second = buffer.getInteger(at: start + 1, as: UInt8.self) else { return nil }
        guard second & 0x80 != 0 else {
            throw WebSocketViolation(WebSocketCloseCode.protocolError, "frame not masked")
        }
        var length = UInt64(second & 0x7F)
        if opcode.isControl, !isFinal || length > 125 {
            throw WebSocketViolation(WebSocketCloseCode.protocolError, "control frame fragmented or too long")
        }
        var headerLength = 2
        if length == 126 {
            guard let extended = buffer.getInteger(at: start + 2, as: UInt16.self) else { return nil }
            length = UInt64(extended)
            headerLength = 4
        } else if length == 127 {
            guard let extended = buffer.getInteger(at: start + 2, as: UInt64.self) else { return nil }
            length = extended
            headerLength = 10
        }
        guard length <= UInt64(maximumLength) else {
            throw WebSocketViolation(WebSocketCloseCode.tooBig, "more than \(maximumLength) bytes")
        }
        guard let mask = buffer.getInteger(at: start + headerLength, as: UInt32.self) else { return nil }
        return FrameHeader(
            isFinal: isFinal, opcode: opcode,
            mask: (
                UInt8(truncatingIfNeeded: mask >> 24), UInt8(truncatingIfNeeded: mask >> 16),
                UInt8(truncatingIfNeeded: mask >> 8), UInt8(truncatingIfNeeded: mask)
            ),
            payloadLength: Int(length), headerLength: headerLength + 4)
    }
}
