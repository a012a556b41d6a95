public import NIOCore

/// Frames as a server writes them: never masked, so the same bytes serve every socket.
public enum ServerFrame {
    /// The bytes that the header of a frame takes.
    public static func headerLength(ofPayload length: Int) -> Int {
        length < 126 ? 2 : length <= 0xFFFF ? 4 : 10
    }

    /// Appends the header of a whole text message; the caller appends exactly `payloadLength` bytes of UTF-8 after it.
    public static func appendTextHeader(payloadLength: Int, to buffer: inout ByteBuffer) {
        self.appendHeader(.text, payloadLength: payloadLength, to: &buffer)
    }

    /// Appends a whole text message.
    public static func appendText(_ payload: ByteBuffer, to buffer: inout ByteBuffer) {
        self.appendHeader(.text, payloadLength: payload.readableBytes, to: &buffer)
        buffer.writeImmutableBuffer(payload)
    }

    /// A whole text message in a buffer of its own.
    public static func text(_ payload: String) -> ByteBuffer {
        let length = payload.utf8.count
        var buffer = ByteBufferAllocator().buffer(capacity: length + self.headerLength(ofPayload: length))
        self.appendHeader(.text, payloadLength: length, to: &buffer)
        buffer.writeString(payload)
        return buffer
    }

    static func control(_ opcode: Opcode, payload: ByteBuffer = ByteBuffer()) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: payload.readableBytes + 2)
        self.appendHeader(opcode, payloadLength: payload.readableBytes, to: &buffer)
        buffer.writeImmutableBuffer(payload)
        return buffer
    }

    /// A close frame. The reason is cut to the 123 bytes that fit, at a character's edge.
    static func close(_ code: UInt16, reason: String) -> ByteBuffer {
        var payload = ByteBuffer()
        payload.writeInteger(code)
        var shortened = reason
        while shortened.utf8.count > 123 { shortened.removeLast() }
        payload.writeString(shortened)
        return self.control(.close, payload: payload)
    }

    private static func appendHeader(_ opcode: Opcode, payloadLength: Int, to buffer: inout ByteBuffer) {
        buffer.writeInteger(0x80 | opcode.rawValue)
        if payloadLength < 126 {
            buffer.writeInteger(UInt8(payloadLength))
        } else if payloadLength <= 0xFFFF {
            buffer.writeInteger(UInt8(126))
            buffer.writeInteger(UInt16(payloadLength))
        } else {
            buffer.writeInteger(UInt8(127))
            buffer.writeInteger(UInt64(payloadLength))
        }
    }
}
