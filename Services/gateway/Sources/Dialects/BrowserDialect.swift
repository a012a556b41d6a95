import Domain
import JSON
import NIOCore
import ServiceRuntime
import WebSocket
import WireContract

/// What a gateway says to one socket by itself, as whole WebSocket frames.
enum AnswerFrame {
    /// `{"id":7,"ok":{…}}`; the JSON stays as chat made it.
    static func ok(_ id: ByteBuffer, _ json: ByteBuffer) -> ByteBuffer {
        self.frame("{\"id\":", id, ",\"ok\":", json)
    }

    /// `{"id":7,"error":{…}}`; id `null` when the client gave none.
    static func error(_ id: ByteBuffer?, _ json: ByteBuffer) -> ByteBuffer {
        self.frame("{\"id\":", id ?? ByteBuffer(staticString: "null"), ",\"error\":", json)
    }

    static func error(_ id: ByteBuffer?, _ refusal: Refusal) -> ByteBuffer {
        self.error(id, ByteBuffer(bytes: refusal.encoded))
    }

    /// A push that belongs to no room.
    static func push(_ event: StaticString, _ json: ByteBuffer) -> ByteBuffer {
        self.frame("{\"event\":\"", ByteBuffer(staticString: event), "\",\"data\":", json)
    }

    /// The first frame a client gets.
    static func connectionConfirmed(user: String, version: String) -> ByteBuffer {
        var json = JSONWriter()
        json.field("status", "connected")
        json.field("user_id", user)
        json.field("timestamp", WallClock.rfc3339())
        json.field("server_version", version)
        return self.push("connection_confirmed", ByteBuffer(bytes: json.finish()))
    }

    private static func frame(
        _ head: StaticString, _ first: ByteBuffer, _ middle: StaticString, _ second: ByteBuffer
    ) -> ByteBuffer {
        let length =
            head.utf8CodeUnitCount + first.readableBytes + middle.utf8CodeUnitCount + second.readableBytes + 1
        var frame = ByteBufferAllocator().buffer(capacity: length + ServerFrame.headerLength(ofPayload: length))
        ServerFrame.appendTextHeader(payloadLength: length, to: &frame)
        frame.writeStaticString(head)
        frame.writeImmutableBuffer(first)
        frame.writeStaticString(middle)
        frame.writeImmutableBuffer(second)
        frame.writeStaticString("}")
        return frame
    }
}
